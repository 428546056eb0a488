import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { launch } from "../support/processes.mjs";
import { until } from "../support/until.mjs";

const workers = 2;

/** A path as one word of the configuration, whatever stands in it. */
const quoted = (...parts) => `"${join(...parts).replace(/["\\]/g, "\\$&")}"`;

// A master that runs as root gives its workers to another user, who must not read the folder; this example has but one user.
const user = () => (userInfo().uid === 0 ? `user ${userInfo().username};\n` : "");

// A reload closes idle connections of clients, and a request that is just on its way on one of them is lost (nginx 1.27.4 and later
// have keepalive_min_timeout against it). While the file "closing" exists, answers say "Connection: close", so that the clients leave
// by themselves, and the reload waits until none is idle any more. The file is looked for at each request: no reload is needed to
// begin with it.
// proxy_next_upstream off: nginx repeats nothing, so that nothing hides what a release loses. In production, and in the crash
// scenario, it is nginx's default, "error timeout": it repeats what was not sent yet, and GET; a POST that was sent never.
const configuration = ({ folder, port, nextUpstream, serverTimeoutMs }) => `daemon off;
${user()}worker_processes ${workers};
error_log ${quoted(folder, "error.log")} notice;
pid ${quoted(folder, "nginx.pid")};
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${quoted(folder, "body")};
  proxy_temp_path ${quoted(folder, "proxy")};
  fastcgi_temp_path ${quoted(folder, "fastcgi")};
  uwsgi_temp_path ${quoted(folder, "uwsgi")};
  scgi_temp_path ${quoted(folder, "scgi")};
  keepalive_timeout 60s;
  keepalive_requests 1000000;

  upstream orders {
    include ${quoted(folder, "upstream.conf")};
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_connect_timeout 1s;
    proxy_read_timeout ${serverTimeoutMs}ms;
    proxy_next_upstream ${nextUpstream};

    location / {
      error_page 418 = @closing;
      if (-f ${quoted(folder, "closing")}) { return 418; }
      proxy_pass http://orders;
    }
    location @closing {
      keepalive_timeout 0;
      proxy_pass http://orders;
    }
    location = /nginx-status {
      stub_status;
      allow 127.0.0.1;
      deny all;
    }
  }
}
`;

/** How long clients are asked to leave, at least and at most, in milliseconds: longer than the longest request, and not for ever. */
const [leastClosingMs, mostClosingMs] = [250, 1500];

/** How many connections of clients are open and idle. */
const idleAt = async (base) => {
  const status = await fetch(`${base}/nginx-status`, { headers: { connection: "close" } });
  return Number(/Waiting: (\d+)/.exec(await status.text())?.[1]);
};

const upstream = (instances) => instances.map(({ port }) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=1s;\n`).join("");

/**
 * nginx with an upstream file that is written anew and loaded when the processes change: the open-source nginx asks nobody how
 * they are.
 * @param setup `folder`, `port` to listen on, `instances` to begin with, `retries`, `serverTimeoutMs`
 */
export const openNginx = async ({ folder, port, instances, retries = 0, serverTimeoutMs }) => {
  const [file, log, list, closing] = ["nginx.conf", "error.log", "upstream.conf", "closing"].map((name) => join(folder, name));
  const nextUpstream = retries > 0 ? "error timeout" : "off";
  await writeFile(file, configuration({ folder, port, nextUpstream, serverTimeoutMs }));
  await writeFile(list, upstream(instances));
  const { child, exited, lastLine } = launch(["nginx", "-p", folder, "-e", log, "-c", file], { lastSignal: "TERM" });
  const died = exited.then(() => {
    throw new Error(`nginx ended by itself: ${lastLine()}`);
  });
  died.catch(() => {});
  const base = `http://127.0.0.1:${port}`;
  const said = async (words) => (await readFile(log, "utf8").catch(() => "")).split(words).length - 1;
  const answers = () => fetch(base, { headers: { connection: "close" } }).then((response) => response.ok, () => false);

  const check = async () => {
    const test = launch(["nginx", "-p", folder, "-e", log, "-t", "-q", "-c", file]);
    if ((await test.exited).code !== 0) throw new Error(`nginx -t: ${test.lastLine()}`);
  };
  const reload = async () => {
    const before = await said("gracefully shutting down");
    child.kill("SIGHUP");
    await until(async () => (await said("gracefully shutting down")) >= before + workers, { what: "nginx did not load its configuration" });
  };
  // A client that never leaves does not hold up the release: it is one that has to live with a connection that closes.
  const letClientsLeave = async () => {
    await writeFile(closing, "");
    await delay(leastClosingMs);
    await until(async () => (await idleAt(base)) === 0, { withinMs: mostClosingMs }).catch(() => {});
  };
  return {
    base,
    /** Waits until it answers. */
    settle: () => Promise.race([died, until(answers)]),
    /**
     * Sends new requests to these and to no other, by a new configuration. Requests in flight end where they are.
     * @param options `isUrgent`: do not ask clients to leave first, for going back from what is broken
     */
    serve: async (targets, { isUrgent = false } = {}) => {
      if (!isUrgent) await letClientsLeave();
      await writeFile(`${list}.new`, upstream(targets));
      await rename(`${list}.new`, list);
      await check();
      await reload();
      await rm(closing, { force: true });
    },
  };
};
