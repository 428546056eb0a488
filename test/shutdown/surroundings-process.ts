import { surroundings } from "../../shutdown/surroundings.js";

console.log(JSON.stringify(surroundings([])));
