// Receives the events that Postrider sends to endpoints, and lets the library of Standard Webhooks
// judge each: endpoint_receiver.cjs PORT FILE. A line of JSON for each request goes to FILE before
// it is answered, so that a kill loses no answer that was given. The paths tell how to answer:
//   /ok/...        204; a signature that is not by SECRET (in the query, ?secret=) gets 401
//   /STATUS/...    that status; /301 redirects to /ok/redirected
//   /hang/...      never
//   /poison/...    400 for events of messages whose reference is "poison", else 204
//   /later/...     429 with Retry-After: 2 once, then 204
//   /switch/...    as POST /control {"status": 503} says; 204 at first
const fs = require("fs");
const http = require("http");
const { Webhook } = require("standardwebhooks");

const [port, file] = process.argv.slice(2);
const log = fs.openSync(file, "a");
let asked = false;
let switched = 204;

function judge(request, body, url) {
  const secrets = url.searchParams.getAll("secret");
  for (const secret of secrets) {
    try {
      return { payload: new Webhook(secret).verify(body, request.headers) };
    } catch (error) {
      if (secret === secrets.at(-1)) return { error: String(error), payload: JSON.parse(body) };
    }
  }
  return { payload: JSON.parse(body) };
}

function status_for(kind, payload) {
  if (kind === "ok") return 204;
  if (kind === "switch") return switched;
  if (kind === "poison") return payload.data.reference === "poison" ? 400 : 204;
  if (kind !== "later") return Number(kind);
  const first = !asked;
  asked = true;
  return first ? 429 : 204;
}

http.createServer((request, response) => {
  const chunks = [];
  request.on("data", chunk => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const url = new URL(request.url, "http://receiver");
    if (url.pathname === "/control") {
      switched = JSON.parse(body).status;
      return response.writeHead(204).end();
    }
    const kind = url.pathname.split("/")[1];
    const { error, payload } = judge(request, body, url);
    const status = error ? 401 : kind === "hang" ? 0 : status_for(kind, payload);
    fs.writeSync(log, JSON.stringify({
      id: request.headers["webhook-id"], timestamp: request.headers["webhook-timestamp"],
      path: url.pathname, status, error, type: payload.type, data: payload.data }) + "\n");
    if (status === 0) return;
    const headers = status === 301 ? { Location: "/ok/redirected" }
      : status === 429 ? { "Retry-After": "2" } : {};
    response.writeHead(status, headers).end();
  });
}).listen(Number(port), "127.0.0.1");
