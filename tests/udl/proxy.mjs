// Plain HTTP on a port of this machine, to the exchange with one principal's certificate: for programs that have none.
import http from 'node:http';
import https from 'node:https';
import { credentials, exchange } from './client.mjs';

const HOPS = ['connection', 'host', 'keep-alive', 'transfer-encoding'];

async function whole(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** One request as it is, with the certificate: {status, headers, body}. */
export function ask(agent, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const length = body.length ? { 'content-length': body.length } : {};
    const request = https.request(exchange.url + path, { method, agent, headers: { ...headers, ...length } });
    request.on('error', reject).on('response', async response =>
      resolve({ status: response.statusCode, headers: response.headers, body: await whole(response) }));
    request.end(body);
  });
}

export class Proxy {
  constructor(who) {
    this.agent = new https.Agent({ ...credentials(who), keepAlive: true });
    this.requests = []; // all that came, with their answers
    this.server = http.createServer((request, response) => this.pass(request, response));
  }

  async start() {
    await new Promise(started => this.server.listen(0, '127.0.0.1', started));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  async pass(request, response) {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([n]) => !HOPS.includes(n) && n !== 'content-length'));
    const asked = { method: request.method, path: request.url, headers, body: await whole(request) };
    const answer = await ask(this.agent, asked);
    this.requests.push({ asked, answer });
    const told = Object.fromEntries(Object.entries(answer.headers).filter(([n]) => !HOPS.includes(n)));
    response.writeHead(answer.status, told).end(answer.body);
  }

  stop() {
    this.agent.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }
}
