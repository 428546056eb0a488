import { createHealth } from "probekit";
import { sharedHealth } from "probekit/next";

const upstream = process.env.UPSTREAM_URL;

export const health = sharedHealth("shop", () => {
  const made = createHealth({ service: "shop", startup: "manual" });
  made.register(
    "upstream",
    async ({ signal }) => {
      const response = await fetch(upstream ?? "", { signal, cache: "no-store" });
      await response.body?.cancel(); // A body that nobody reads keeps its connection.
      return response.ok;
    },
    { enabled: upstream !== undefined },
  );
  return made;
});
