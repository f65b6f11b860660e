import { createTransport } from 'nodemailer';

/** A plain-text mail. */
export interface Mail {
  /** One address, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Resolves once the server has taken it. @throws Error that says what the server said, without the address */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Each step of a delivery: to connect, to be greeted, to be answered. */
const STEP_MS = 10_000;

/** @param url smtp: or smtps:, with the credentials in it @param from as in the mails' From header */
export function createMailer(url: string, from: string): Mailer {
  const transport = createTransport({
    url,
    dnsTimeout: STEP_MS,
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    // What a mail says is text of ours: nothing in it stands for a file or a page to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text }) {
      try {
        // As an object: a text would be parsed, and might name more than one.
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text });
      } catch (error) {
        throw new Error(`the mail server did not take a mail: ${codeOf(error)}`);
      }
    },
    close: () => transport.close(),
  };
}

/** The server's own words often repeat the address; its numbers don't. */
function codeOf(error: unknown): string {
  const { code, responseCode, command } = (error ?? {}) as Record<string, unknown>;
  return [code, responseCode, command].filter((part) => part !== undefined).join(' ') || 'unknown';
}
