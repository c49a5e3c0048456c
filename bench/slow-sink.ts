import { createServer } from 'node:net';

/** An SMTP server that takes every mail and lets its sender wait: `slow-sink PORT MILLISECONDS`. */
const [port, delayMs] = process.argv.slice(2).map(Number);
const finalDot = '\r\n.\r\n';

createServer({ noDelay: true }, (socket) => {
  let inBody = false;
  let kept = '';
  socket.setEncoding('latin1').on('error', () => {});
  socket.write('220 slow-sink ESMTP\r\n');
  socket.on('data', (chunk: string) => {
    // Of a body only its last bytes matter: the dot may be cut in two.
    kept += chunk;
    if (inBody) {
      const end = kept.indexOf(finalDot);
      if (end < 0) {
        kept = kept.slice(-finalDot.length);
        return;
      }
      kept = kept.slice(end + finalDot.length);
      inBody = false;
      setTimeout(() => socket.write('250 2.0.0 Ok\r\n'), delayMs);
    }
    for (let end = kept.indexOf('\r\n'); end >= 0 && !inBody; end = kept.indexOf('\r\n')) {
      const command = kept.slice(0, 4).toUpperCase();
      kept = kept.slice(end + 2);
      inBody = command === 'DATA';
      if (command === 'QUIT') socket.end('221 Bye\r\n');
      else socket.write(inBody ? '354 End data with a dot\r\n' : '250 Ok\r\n');
    }
  });
}).listen(port, '127.0.0.1', () => console.log('ready'));
process.once('SIGTERM', () => process.exit(0));
