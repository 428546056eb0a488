import { hasMethods, member } from "../shared/duck.js";

/** Where drivers keep a connection's socket: pg; mysql2; tedious. The last resort is the connection's own `destroy`. */
const socketsOf = (connection: unknown): unknown[] => [
  member(member(connection, "connection"), "stream"),
  member(connection, "stream"),
  member(connection, "socket"),
  connection,
];

/**
 * Destroys a connection's socket at once. A driver's own polite end would wait behind the query that hangs, and a
 * cancellation would need a second connection. Returns whether there was one to destroy.
 */
export const cut = (connection: unknown): boolean => {
  const socket = socketsOf(connection).find((candidate) => hasMethods(candidate, ["destroy"]));
  if (socket === undefined) return false;
  (socket as { destroy(): unknown }).destroy();
  return true;
};
