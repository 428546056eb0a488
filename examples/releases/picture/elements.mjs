/** The ink of text, of the frame, and of what failed. */
export const [ink, faint, red] = ["#222", "#ddd", "#d62728"];

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as XML. */
export const escape = (text) => String(text).replace(/[&<>"]/g, (each) => escapes[each]);

const fixed = (value) => String(Math.round(value * 10) / 10);

const element = (name, attributes, content) => {
  const all = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === "number" ? fixed(value) : escape(value)}"`);
  return content === undefined ? `<${name}${all.join("")}/>` : `<${name}${all.join("")}>${escape(content)}</${name}>`;
};

export const rect = ({ x, y, width, height, fill }) => element("rect", { x, y, width, height, fill });

export const line = ({ x1, y1, x2, y2, stroke = faint, dash = "none" }) =>
  element("line", { x1, y1, x2, y2, stroke, "stroke-dasharray": dash });

export const circle = ({ x, y, r }) => element("circle", { cx: x, cy: y, r, fill: "#fff", stroke: ink });

export const curve = (points, stroke) =>
  element("polyline", { points: points.map((point) => point.map(fixed).join(",")).join(" "), fill: "none", stroke, "stroke-width": 1.5 });

// The white stroke under the letters keeps them legible where a line passes.
const halo = { stroke: "#fff", "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" };

export const label = ({ x, y, text, anchor = "start", size = 12, weight = 400, fill = ink }) =>
  element("text", { x, y, "text-anchor": anchor, "font-size": size, "font-weight": weight, fill, ...halo }, text);
