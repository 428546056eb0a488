import { PrismaPg } from "@prisma/adapter-pg";
import Database from "better-sqlite3";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import knex from "knex";
import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import { createPool } from "mysql2/promise";
import { Client, Pool } from "pg";
import { Sequelize } from "sequelize";
import { DataSource } from "typeorm";
import { mariadbDatabase, mariadbPassword, mariadbServer, mariadbUser } from "../../test/support/real/mariadb.js";
import { postgresPassword, postgresServer, postgresUser } from "../../test/support/real/postgres.js";
import { generatePrisma } from "../../test/support/real/prisma.js";
import { built, type Room } from "./subject.mjs";

const question = "SELECT 1";

export const postgres: Room = async function* (closing) {
  const server = await postgresServer();
  closing(() => server.remove());
  const settings = { host: "127.0.0.1", port: server.port, user: postgresUser, password: postgresPassword, database: "postgres" };

  const pool = new Pool(settings);
  closing(() => pool.end());
  yield { name: "pgCheck, Pool / pool.query", driver: () => pool.query(question), check: (await built("pg"))(pool) };

  const client = new Client(settings);
  await client.connect();
  closing(() => client.end());
  yield { name: "pgCheck, Client / client.query", driver: () => client.query(question), check: (await built("pg"))(client) };

  const db = knex({ client: "pg", connection: settings });
  closing(() => db.destroy());
  yield { name: "knexCheck / knex.raw", driver: () => db.raw(question), check: (await built("knex"))(db) };

  const orm = drizzle(pool);
  yield { name: "drizzleCheck / db.execute", driver: () => orm.execute(sql.raw(question)), check: (await built("drizzle"))(orm) };

  const kysely = new Kysely({ dialect: new PostgresDialect({ pool }) });
  const compiled = CompiledQuery.raw(question);
  yield { name: "kyselyCheck with its pool / db.executeQuery", driver: () => kysely.executeQuery(compiled), check: (await built("kysely"))(kysely, { pool }) };
  yield { name: "kyselyCheck / db.executeQuery", driver: () => kysely.executeQuery(compiled), check: (await built("kysely"))(kysely) };

  const { user, port } = settings;
  const sequelize = new Sequelize("postgres", user, postgresPassword, { dialect: "postgres", host: "127.0.0.1", port, logging: false });
  closing(() => sequelize.close());
  yield { name: "sequelizeCheck / sequelize.query", driver: () => sequelize.query(question), check: (await built("sequelize"))(sequelize) };

  const source = await new DataSource({ type: "postgres", host: "127.0.0.1", port, username: user, password: postgresPassword, database: "postgres" }).initialize();
  closing(() => source.destroy());
  yield { name: "typeormCheck / dataSource.query", driver: () => source.query(question), check: (await built("typeorm"))(source) };

  const generated = await generatePrisma();
  closing(() => generated.remove());
  const prisma = new generated.PrismaClient({ adapter: new PrismaPg(pool) });
  closing(() => prisma.$disconnect());
  const raw = () => prisma.$queryRawUnsafe(question);
  yield { name: "prismaCheck with its pool / $queryRawUnsafe", driver: raw, check: (await built("prisma"))(prisma, { pool }) };
  yield { name: "prismaCheck / $queryRawUnsafe", driver: raw, check: (await built("prisma"))(prisma) };
};

export const mariadb: Room = async function* (closing) {
  const server = await mariadbServer();
  closing(() => server.remove());
  const pool = createPool({ host: "127.0.0.1", port: server.port, user: mariadbUser, password: mariadbPassword, database: mariadbDatabase });
  closing(() => pool.end());
  yield { name: "mysql2Check, pool / pool.query", driver: () => pool.query(question), check: (await built("mysql2"))(pool) };

  const connection = await pool.getConnection();
  closing(() => connection.release());
  yield { name: "mysql2Check, connection / connection.query", driver: () => connection.query(question), check: (await built("mysql2"))(connection) };
};

export const sqlite: Room = async function* (closing) {
  const db = new Database(":memory:");
  closing(() => db.close());
  yield { name: "sqliteCheck, better-sqlite3 / prepare().get()", driver: () => db.prepare(question).get(), check: (await built("sqlite"))(db) };
};
