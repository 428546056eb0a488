import { together, type Closing } from "./closing.js";
import type { FoundServers } from "./next-server.js";
import { nodeServer } from "./node-server.js";

/** Servers that are found while the process runs; until the first one is, one may listen. */
export const foundServers = ({ search }: FoundServers): Closing => {
  const all: Closing[] = [];
  let isDraining = false;
  const endSearch = search((server) => {
    const found = nodeServer(server);
    all.push(found);
    if (isDraining) found.drain();
  });
  return {
    isListening: () => all.length === 0 || together(all).isListening(),
    drain: () => {
      isDraining = true;
      together(all).drain();
    },
    stop: (left) => {
      endSearch();
      together(all).stop(left);
    },
    open: () => together(all).open(),
    cut: () => together(all).cut(),
  };
};
