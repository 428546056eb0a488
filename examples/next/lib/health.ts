import { createHealth } from "probekit";
import { sharedHealth } from "probekit/next";

const upstream = process.env.UPSTREAM_URL;

export const health = sharedHealth("shop", () => {
  const made = createHealth({ service: "shop", startup: "manual" });
  made.register(
    "upstream",
    async ({ signal }) => (await fetch(upstream ?? "", { signal, cache: "no-store" })).ok,
    { enabled: upstream !== undefined },
  );
  return made;
});
