/**
 * Which bank to ask (B6). Pure: the routes are read from the database by the caller.
 *
 * Those that fit are taken in this order: of the tenant before of all, by contract before by digits, a narrow
 * range before a wide one, a low rank before a high one. The first is asked; the next only when the one
 * before certainly was not reached, never when it said no.
 */
export type Route = {
  readonly bankId: string;
  readonly tenantId: string | null;
  readonly contract: string | null;
  readonly digitsFrom: string | null;
  readonly digitsTo: string | null;
  readonly rank: number;
};

export type RouteQuery = {
  readonly tenantId: string;
  readonly contract: string | null;
  readonly pan: string;
};

/** The ids of the banks to ask, each once; empty when none may be. */
export function findBanks(routes: readonly Route[], query: RouteQuery): readonly string[] {
  const fitting = routes.filter((route) => fits(route, query)).toSorted(compare);
  return [...new Set(fitting.map(({ bankId }) => bankId))];
}

function fits(route: Route, { tenantId, contract, pan }: RouteQuery): boolean {
  if (route.tenantId !== null && route.tenantId !== tenantId) return false;
  if (route.contract !== null) return route.contract === contract;
  if (route.digitsFrom === null || route.digitsTo === null) return false;
  const first = pan.slice(0, route.digitsFrom.length);
  return first.length === route.digitsFrom.length && first >= route.digitsFrom && first <= route.digitsTo;
}

function compare(a: Route, b: Route): number {
  return (
    Number(a.tenantId === null) - Number(b.tenantId === null) ||
    Number(a.contract === null) - Number(b.contract === null) ||
    (b.digitsFrom?.length ?? 0) - (a.digitsFrom?.length ?? 0) ||
    widthOf(a) - widthOf(b) ||
    a.rank - b.rank ||
    (a.bankId < b.bankId ? -1 : 1)
  );
}

function widthOf({ digitsFrom, digitsTo }: Route): number {
  return Number(digitsTo ?? 0) - Number(digitsFrom ?? 0);
}
