import { createHealth } from "probekit";
import { notifySystemd } from "../../shutdown/systemd.js";

const health = createHealth({ logger: false });
notifySystemd(health);
// The first look comes with the next turn; afterwards nothing but the notifier's own timers is left.
setTimeout(() => console.log("nothing more to do"), 50);
