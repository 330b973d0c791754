/**
 * Receives callbacks of the portal: checks who sent them, and prints them.
 *
 *     CALLBACK_SECRET=... PORT=8900 node receiver.mjs
 */
import { createServer } from "node:http";
import { verifySignature } from "./qsms.mjs";

const LONGEST_BODY = 1 << 20;

createServer(async (request, response) => {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST_BODY) return request.destroy();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!verifySignature(String(request.headers["qsms-signature"]), body, process.env.CALLBACK_SECRET ?? "")) {
    response.writeHead(403).end();
    return;
  }
  const event = JSON.parse(body.toString());
  // The same event may come twice: keep it by its messageId and dlrStatus, then answer, and only then work on it.
  console.log(event.messageId, event.dlrDesc, event.client_ref);
  response.writeHead(204).end();
}).listen(Number(process.env.PORT ?? 8900), "127.0.0.1");
