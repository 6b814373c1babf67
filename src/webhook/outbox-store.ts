/** The SQL of events and of who wants them. Rows travel as one JSON parameter: one plan for any number. */
import type { Tx } from '../store/connection.ts';

export type WantingEndpoint = {
  readonly id: string;
  readonly clientId: string | null;
  readonly types: readonly string[];
};

export type NewEventRow = {
  readonly home: number;
  readonly id: string;
  readonly tenantId: string;
  readonly type: string;
  readonly body: string;
};

export type NewDelivery = {
  readonly home: number;
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
};

export async function activeEndpoints(tx: Tx, tenantId: string): Promise<WantingEndpoint[]> {
  return tx<WantingEndpoint[]>`
    select id, client_id as "clientId", types from webhook_endpoint
    where tenant_id = ${tenantId} and state = 'active' order by id`;
}

export async function insertEvents(tx: Tx, rows: readonly NewEventRow[]): Promise<void> {
  await tx`
    insert into webhook_event (home, id, tenant_id, type, body)
    select "home", "id", "tenantId", "type", "body"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text,
      "tenantId" text, "type" text, "body" text)`;
}

export async function insertDeliveries(tx: Tx, rows: readonly NewDelivery[]): Promise<void> {
  await tx`
    insert into webhook_delivery (home, id, endpoint_id, event_id, state, due_at)
    select "home", "id", "endpointId", "eventId", 'waiting', clock_now()
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text,
      "eventId" text, "endpointId" text)`;
}
