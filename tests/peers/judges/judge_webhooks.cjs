// Receives webhooks, lets the library of Standard Webhooks judge each, and prints a line of JSON for
// it: judge_webhooks.cjs PORT SECRET. Answers 204, or 401 for what the library does not accept. At
// /stall the answer is a 200 whose body never ends, at /later a 429 with a date in its Retry-After.
const http = require("http");
const { Webhook } = require("standardwebhooks");
const [port, secret] = process.argv.slice(2);
const judge = new Webhook(secret);
let asked = false;
http.createServer((request, response) => {
  const chunks = [];
  request.on("data", chunk => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const line = { id: request.headers["webhook-id"], path: request.url,
                   agent: request.headers["user-agent"] };
    try {
      line.payload = judge.verify(body, request.headers);
      if (request.url === "/stall") {
        response.writeHead(200, { "Content-Length": 10 }).write("12345");
      } else if (request.url === "/later" && !asked) {
        asked = true;
        const date = new Date(Date.now() + 4000).toUTCString();
        response.writeHead(429, { "Retry-After": date }).end();
      } else {
        response.writeHead(204).end();
      }
    } catch (error) {
      line.error = String(error);
      response.writeHead(401).end();
    }
    process.stdout.write(JSON.stringify(line) + "\n");
  });
}).listen(Number(port), "127.0.0.1");
