import type { Sequelize } from "sequelize";

interface Pool {
  readonly size: number;
  readonly using: number;
  readonly waiting: number;
  readonly available: number;
}

// Sequelize's own types leave the pool out.
const poolOf = (sequelize: Sequelize): Pool => {
  const { pool } = sequelize.connectionManager as unknown as { readonly pool: Pool & { readonly write?: Pool } };
  return pool.write ?? pool;
};

/** How full the pool of a Sequelize instance is. */
export const sequelizeLevels = (sequelize: Sequelize): Pool => {
  const { size, using, waiting, available } = poolOf(sequelize);
  return { size, using, waiting, available };
};

/** Takes the two connections of a pool; returns what gives them back. */
export const exhaustSequelize = async (sequelize: Sequelize): Promise<() => void> => {
  const manager = sequelize.connectionManager;
  const take = () => manager.getConnection({ type: "write" } as never);
  const held = [await take(), await take()];
  return () => held.forEach((connection) => manager.releaseConnection(connection));
};
