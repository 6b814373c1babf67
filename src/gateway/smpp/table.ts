/**
 * SMPP 3.4 as data: the commands with their mandatory fields (chapter 4), the optional parameters (5.3), the
 * command statuses (5.1.3). Names are those of the specification, so that an error can be looked up in it.
 */

export type FieldSpec =
  /** One octet, unsigned. */
  | { readonly name: string; readonly kind: 'int' }
  /** C-octet string; `octetsMax` counts the terminating NUL. */
  | { readonly name: string; readonly kind: 'text'; readonly octetsMax: number }
  /** Octets behind an octet that counts them (sm_length and short_message). */
  | { readonly name: string; readonly kind: 'octets'; readonly octetsMax: number };

export type CommandSpec = { readonly id: number; readonly fields: readonly FieldSpec[] };

const BIND = [
  { name: 'system_id', kind: 'text', octetsMax: 16 },
  { name: 'password', kind: 'text', octetsMax: 9 },
  { name: 'system_type', kind: 'text', octetsMax: 13 },
  { name: 'interface_version', kind: 'int' },
  { name: 'addr_ton', kind: 'int' },
  { name: 'addr_npi', kind: 'int' },
  { name: 'address_range', kind: 'text', octetsMax: 41 },
] as const satisfies readonly FieldSpec[];

const BIND_RESP = [
  { name: 'system_id', kind: 'text', octetsMax: 16 },
] as const satisfies readonly FieldSpec[];

const SOURCE = [
  { name: 'source_addr_ton', kind: 'int' },
  { name: 'source_addr_npi', kind: 'int' },
  { name: 'source_addr', kind: 'text', octetsMax: 21 },
] as const satisfies readonly FieldSpec[];

const DESTINATION = [
  { name: 'dest_addr_ton', kind: 'int' },
  { name: 'dest_addr_npi', kind: 'int' },
  { name: 'destination_addr', kind: 'text', octetsMax: 21 },
] as const satisfies readonly FieldSpec[];

const MESSAGE = [
  { name: 'service_type', kind: 'text', octetsMax: 6 },
  ...SOURCE,
  ...DESTINATION,
  { name: 'esm_class', kind: 'int' },
  { name: 'protocol_id', kind: 'int' },
  { name: 'priority_flag', kind: 'int' },
  { name: 'schedule_delivery_time', kind: 'text', octetsMax: 17 },
  { name: 'validity_period', kind: 'text', octetsMax: 17 },
  { name: 'registered_delivery', kind: 'int' },
  { name: 'replace_if_present_flag', kind: 'int' },
  { name: 'data_coding', kind: 'int' },
  { name: 'sm_default_msg_id', kind: 'int' },
  { name: 'short_message', kind: 'octets', octetsMax: 254 },
] as const satisfies readonly FieldSpec[];

const MESSAGE_ID = { name: 'message_id', kind: 'text', octetsMax: 65 } as const satisfies FieldSpec;

export const COMMANDS = {
  generic_nack: { id: 0x80000000, fields: [] },
  bind_receiver: { id: 0x00000001, fields: BIND },
  bind_receiver_resp: { id: 0x80000001, fields: BIND_RESP },
  bind_transmitter: { id: 0x00000002, fields: BIND },
  bind_transmitter_resp: { id: 0x80000002, fields: BIND_RESP },
  query_sm: { id: 0x00000003, fields: [MESSAGE_ID, ...SOURCE] },
  query_sm_resp: {
    id: 0x80000003,
    fields: [
      MESSAGE_ID,
      { name: 'final_date', kind: 'text', octetsMax: 17 },
      { name: 'message_state', kind: 'int' },
      { name: 'error_code', kind: 'int' },
    ],
  },
  submit_sm: { id: 0x00000004, fields: MESSAGE },
  submit_sm_resp: { id: 0x80000004, fields: [MESSAGE_ID] },
  deliver_sm: { id: 0x00000005, fields: MESSAGE },
  deliver_sm_resp: { id: 0x80000005, fields: [MESSAGE_ID] },
  unbind: { id: 0x00000006, fields: [] },
  unbind_resp: { id: 0x80000006, fields: [] },
  cancel_sm: {
    id: 0x00000008,
    fields: [{ name: 'service_type', kind: 'text', octetsMax: 6 }, MESSAGE_ID, ...SOURCE, ...DESTINATION],
  },
  cancel_sm_resp: { id: 0x80000008, fields: [] },
  bind_transceiver: { id: 0x00000009, fields: BIND },
  bind_transceiver_resp: { id: 0x80000009, fields: BIND_RESP },
  outbind: {
    id: 0x0000000b,
    fields: [
      { name: 'system_id', kind: 'text', octetsMax: 16 },
      { name: 'password', kind: 'text', octetsMax: 9 },
    ],
  },
  enquire_link: { id: 0x00000015, fields: [] },
  enquire_link_resp: { id: 0x80000015, fields: [] },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;

/** An optional parameter: an unsigned number of so many octets, a text, or octets left as they are. */
export type TlvSpec = { readonly tag: number; readonly kind: 1 | 2 | 4 | 'text' | 'octets' };

export const TLVS = {
  dest_addr_subunit: { tag: 0x0005, kind: 1 },
  dest_network_type: { tag: 0x0006, kind: 1 },
  dest_bearer_type: { tag: 0x0007, kind: 1 },
  dest_telematics_id: { tag: 0x0008, kind: 2 },
  source_addr_subunit: { tag: 0x000d, kind: 1 },
  source_network_type: { tag: 0x000e, kind: 1 },
  source_bearer_type: { tag: 0x000f, kind: 1 },
  source_telematics_id: { tag: 0x0010, kind: 1 },
  qos_time_to_live: { tag: 0x0017, kind: 4 },
  payload_type: { tag: 0x0019, kind: 1 },
  additional_status_info_text: { tag: 0x001d, kind: 'text' },
  receipted_message_id: { tag: 0x001e, kind: 'text' },
  ms_msg_wait_facilities: { tag: 0x0030, kind: 1 },
  privacy_indicator: { tag: 0x0201, kind: 1 },
  source_subaddress: { tag: 0x0202, kind: 'octets' },
  dest_subaddress: { tag: 0x0203, kind: 'octets' },
  user_message_reference: { tag: 0x0204, kind: 2 },
  user_response_code: { tag: 0x0205, kind: 1 },
  source_port: { tag: 0x020a, kind: 2 },
  destination_port: { tag: 0x020b, kind: 2 },
  sar_msg_ref_num: { tag: 0x020c, kind: 2 },
  language_indicator: { tag: 0x020d, kind: 1 },
  sar_total_segments: { tag: 0x020e, kind: 1 },
  sar_segment_seqnum: { tag: 0x020f, kind: 1 },
  sc_interface_version: { tag: 0x0210, kind: 1 },
  callback_num_pres_ind: { tag: 0x0302, kind: 1 },
  callback_num_atag: { tag: 0x0303, kind: 'octets' },
  number_of_messages: { tag: 0x0304, kind: 1 },
  callback_num: { tag: 0x0381, kind: 'octets' },
  dpf_result: { tag: 0x0420, kind: 1 },
  set_dpf: { tag: 0x0421, kind: 1 },
  ms_availability_status: { tag: 0x0422, kind: 1 },
  network_error_code: { tag: 0x0423, kind: 'octets' },
  message_payload: { tag: 0x0424, kind: 'octets' },
  delivery_failure_reason: { tag: 0x0425, kind: 1 },
  more_messages_to_send: { tag: 0x0426, kind: 1 },
  message_state: { tag: 0x0427, kind: 1 },
  ussd_service_op: { tag: 0x0501, kind: 'octets' },
  display_time: { tag: 0x1201, kind: 1 },
  sms_signal: { tag: 0x1203, kind: 2 },
  ms_validity: { tag: 0x1204, kind: 1 },
  alert_on_message_delivery: { tag: 0x130c, kind: 'octets' },
  its_reply_type: { tag: 0x1380, kind: 1 },
  its_session_info: { tag: 0x1383, kind: 'octets' },
} as const satisfies Record<string, TlvSpec>;

export type TlvName = keyof typeof TLVS;

export const STATUS = {
  ESME_ROK: 0x00,
  ESME_RINVMSGLEN: 0x01,
  ESME_RINVCMDLEN: 0x02,
  ESME_RINVCMDID: 0x03,
  ESME_RINVBNDSTS: 0x04,
  ESME_RALYBND: 0x05,
  ESME_RINVPRTFLG: 0x06,
  ESME_RINVREGDLVFLG: 0x07,
  ESME_RSYSERR: 0x08,
  ESME_RINVSRCADR: 0x0a,
  ESME_RINVDSTADR: 0x0b,
  ESME_RINVMSGID: 0x0c,
  ESME_RBINDFAIL: 0x0d,
  ESME_RINVPASWD: 0x0e,
  ESME_RINVSYSID: 0x0f,
  ESME_RCANCELFAIL: 0x11,
  ESME_RREPLACEFAIL: 0x13,
  ESME_RMSGQFUL: 0x14,
  ESME_RINVSERTYP: 0x15,
  ESME_RINVNUMDESTS: 0x33,
  ESME_RINVDLNAME: 0x34,
  ESME_RINVDESTFLAG: 0x40,
  ESME_RINVSUBREP: 0x42,
  ESME_RINVESMCLASS: 0x43,
  ESME_RCNTSUBDL: 0x44,
  ESME_RSUBMITFAIL: 0x45,
  ESME_RINVSRCTON: 0x48,
  ESME_RINVSRCNPI: 0x49,
  ESME_RINVDSTTON: 0x50,
  ESME_RINVDSTNPI: 0x51,
  ESME_RINVSYSTYP: 0x53,
  ESME_RINVREPFLAG: 0x54,
  ESME_RINVNUMMSGS: 0x55,
  ESME_RTHROTTLED: 0x58,
  ESME_RINVSCHED: 0x61,
  ESME_RINVEXPIRY: 0x62,
  ESME_RINVDFTMSGID: 0x63,
  ESME_RX_T_APPN: 0x64,
  ESME_RX_P_APPN: 0x65,
  ESME_RX_R_APPN: 0x66,
  ESME_RQUERYFAIL: 0x67,
  ESME_RINVOPTPARSTREAM: 0xc0,
  ESME_ROPTPARNOTALLWD: 0xc1,
  ESME_RINVPARLEN: 0xc2,
  ESME_RMISSINGOPTPARAM: 0xc3,
  ESME_RINVOPTPARAMVAL: 0xc4,
  ESME_RDELIVERYFAILURE: 0xfe,
  ESME_RUNKNOWNERR: 0xff,
} as const;

export type StatusName = keyof typeof STATUS;

const STATUS_NAMES = new Map<number, string>(Object.entries(STATUS).map(([name, status]) => [status, name]));

/** The specification's name of a status, or its number for those that are reserved or the operator's own. */
export function statusName(status: number): string {
  return STATUS_NAMES.get(status) ?? `0x${status.toString(16).padStart(8, '0')}`;
}
