// Receives webhooks, lets the library of Standard Webhooks judge each, and prints a line of JSON for
// it: judge_webhooks.cjs PORT SECRET. Answers 204, or 401 for what the library does not accept.
const http = require("http");
const { Webhook } = require("standardwebhooks");
const [port, secret] = process.argv.slice(2);
const judge = new Webhook(secret);
http.createServer((request, response) => {
  const chunks = [];
  request.on("data", chunk => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const line = { id: request.headers["webhook-id"], path: request.url };
    try {
      line.payload = judge.verify(body, request.headers);
      response.writeHead(204).end();
    } catch (error) {
      line.error = String(error);
      response.writeHead(401).end();
    }
    process.stdout.write(JSON.stringify(line) + "\n");
  });
}).listen(Number(port), "127.0.0.1");
