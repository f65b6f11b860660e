import { SMTPServer } from 'smtp-server';
import { choosePort } from '../../../scripts/stack/ports.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The From header. */
  readonly sender: string;
  readonly text: string;
}

/** A mail server in this process that keeps what it is sent. */
export interface MailSink {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  stop(): Promise<void>;
}

/**
 * @param port a free one unless given
 * @param refusal what it says to every recipient instead of taking their mail
 */
export async function startMailSink(port?: number, refusal?: string): Promise<MailSink> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: (_address, _session, callback) =>
      callback(refusal === undefined ? null : Object.assign(new Error(refusal), { responseCode: 550 })),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        mails.push({ from, to: rcptTo.map(({ address }) => address), ...read(Buffer.concat(chunks).toString('utf8')) });
        callback();
      });
    },
  });
  // A client that gives up in the middle is no concern of the tests.
  server.on('error', () => undefined);
  const at = port ?? (await choosePort());
  await new Promise<void>((resolve) => void server.listen(at, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${at}`,
    mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function read(raw: string): Pick<ReceivedMail, 'sender' | 'text'> {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const isQuoted = /^Content-Transfer-Encoding: quoted-printable$/im.test(head);
  return { sender: /^From: (.*)$/m.exec(head)?.[1]?.trim() ?? '', text: isQuoted ? unquote(body) : body };
}

function unquote(body: string): string {
  const joined = body.replaceAll('=\r\n', '');
  return joined.replace(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
