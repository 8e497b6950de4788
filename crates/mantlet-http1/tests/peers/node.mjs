// A server of Node (whose parser is llhttp) that answers each request with what it read. Prints its port, and ends when its
// input does.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const pieces = [];
  request.on('error', () => response.destroy());
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const hex = (text) => Buffer.from(text, 'latin1').toString('hex');
    const read = [hex(request.method), hex(request.url), Buffer.concat(pieces).toString('hex')];
    // In a field, since an answer to HEAD has no body.
    response.setHeader('x-read', [...read, ...request.rawHeaders.map(hex)].join('.'));
    response.end();
  });
});
// The test closes its side as soon as it has sent everything.
server.httpAllowHalfOpen = true;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
