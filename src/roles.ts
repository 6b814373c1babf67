/**
 * What one process of a server may do, all of it or a part (P11).
 *
 *   api      faces the clients and the people          (the source's information server and data server)
 *   gateway  faces the second networks                 (its message server)
 *   log      integrates evidence into the Merkle tree  (its record keeper)
 *   jobs     ends what is overdue, purges what is stale
 */
export const ROLES = ['api', 'gateway', 'log', 'jobs'] as const;
export type Role = (typeof ROLES)[number];
