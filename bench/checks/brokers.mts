import { Client as ElasticClient } from "@elastic/elasticsearch";
import { Client as OpenSearchClient } from "@opensearch-project/opensearch";
import { connect as connectCore } from "@nats-io/transport-node";
import { connect as connectAmqp } from "amqplib";
import mqtt, { type MqttClient } from "mqtt";
import { connect as connectNats } from "nats";
import { fakeKafkaAdmin } from "../../test/checks/support/kafka.js";
import { elasticsearchStandIn, standInPassword } from "../../test/support/real/elasticsearch-stand-in.js";
import { mosquittoPassword, mosquittoServer, mosquittoUser } from "../../test/support/real/mosquitto.js";
import { natsPassword, natsServer, natsUser } from "../../test/support/real/nats.js";
import { rabbitmqPassword, rabbitmqServer, rabbitmqUser } from "../../test/support/real/rabbitmq.js";
import { built, type Room } from "./subject.mjs";

export const nats: Room = async function* (closing) {
  const server = await natsServer({ settings: "jetstream { store_dir: '{data}', max_memory_store: 64MB, max_file_store: 64MB }\n" });
  closing(() => server.remove());
  const settings = { servers: `127.0.0.1:${server.port}`, user: natsUser, pass: natsPassword };
  const [old, core] = [await connectNats(settings), await connectCore(settings)];
  closing(() => Promise.all([old.close(), core.close()]));
  yield { name: "natsCheck, nats 2 / flush", driver: () => old.flush(), check: (await built("nats"))(old) };
  yield { name: "natsCheck, nats-core 3 / flush", driver: () => core.flush(), check: (await built("nats"))(core) };
  const info = async (): Promise<unknown> => (await core.request("$JS.API.INFO", "", { timeout: 5000 })).json();
  yield { name: "natsCheck with JetStream / request, json", driver: info, check: (await built("nats"))(core, { jetstream: true }) };
};

// There is no Kafka here: what the check adds is what it costs on an admin that answers at once.
export const kafka: Room = async function* () {
  const { admin } = fakeKafkaAdmin();
  const { describeCluster } = admin as unknown as { describeCluster(): unknown };
  yield { name: "kafkaCheck / describeCluster, which answers at once", driver: describeCluster, check: (await built("kafka"))(admin) };
};

const ping = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => {
    const onPacket = ({ cmd }: { readonly cmd: string }): void => {
      if (cmd !== "pingresp") return;
      client.off("packetreceive", onPacket);
      resolve();
    };
    client.on("packetreceive", onPacket);
    client.sendPing();
  });

export const mosquitto: Room = async function* (closing) {
  const server = await mosquittoServer();
  closing(() => server.remove());
  const client = await mqtt.connectAsync({ host: "127.0.0.1", port: server.port, username: mosquittoUser, password: mosquittoPassword });
  closing(() => client.endAsync(true));
  yield { name: "mqttCheck / sendPing, packetreceive", driver: () => ping(client), check: (await built("mqtt"))(client) };
};

export const elasticsearch: Room = async function* (closing) {
  const server = await elasticsearchStandIn();
  closing(() => server.remove());
  const settings = { node: `http://127.0.0.1:${server.port}`, auth: { username: "health", password: standInPassword } };
  const [elastic, openSearch] = [new ElasticClient(settings), new OpenSearchClient(settings)];
  closing(() => Promise.all([elastic.close(), openSearch.close()]));
  const make = await built("elasticsearch");
  yield { name: "elasticsearchCheck, Elastic's client / cluster.health", driver: () => elastic.cluster.health(), check: make(elastic) };
  yield { name: "elasticsearchCheck, OpenSearch's client / cluster.health", driver: () => openSearch.cluster.health(), check: make(openSearch) };
};

export const rabbitmq: Room = async function* (closing) {
  const server = await rabbitmqServer();
  closing(() => server.remove());
  const connection = await connectAmqp({ hostname: "127.0.0.1", port: server.port, username: rabbitmqUser, password: rabbitmqPassword });
  closing(() => connection.close());
  const channel = async (): Promise<void> => (await connection.createChannel()).close();
  yield { name: "rabbitmqCheck / createChannel, close", driver: channel, check: (await built("rabbitmq"))(connection) };
};
