#!/usr/bin/env node
import { leave } from "./leave.js";
import { main } from "./main.js";
import { terminalOf } from "./terminal.js";

// ECS takes anything on stderr for a failure, a warning of Node's included.
process.removeAllListeners("warning");

void main(process.argv.slice(2), terminalOf(process.stdout, process.env)).then(leave);
