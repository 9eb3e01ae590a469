/** What a report is sent with, and what came of it. */

/** A file for the ticket. Its name tells its content, so that the same one is not sent twice. */
export type TicketFile = { readonly name: string; readonly type: string; readonly content: Uint8Array<ArrayBuffer> };

/** What is sent to a ticket of the run `run`. */
export type Parcel = {
  readonly run: string;
  /** The report, for systems that draw markdown. */
  readonly markdown: string;
  /** The summary as an Atlassian document, and as lines of text. */
  readonly document: object;
  readonly text: string;
  readonly files: readonly TicketFile[];
};

/** What came of it: the comment, and the files that were sent, were there before, or were not taken. */
export type Attached = {
  readonly url: string;
  readonly comment: 'added' | 'updated' | 'unchanged';
  readonly files: readonly { readonly name: string; readonly what: 'sent' | 'there before' | 'not taken'; readonly why?: string }[];
};

/** A ticket, ready to be written to. */
export type Ticket = { attach(parcel: Parcel): Promise<Attached> };
