/** Sends what a form says, and tells how it was answered. */
import {
  type Address,
  type Job,
  type Method,
  type Preview,
  type Problem,
  type Saved,
  forms,
} from "../shared/api";
import { type Values, bodyOf, formOf } from "./fields";

export interface Write {
  method: Method;
  address: Address;
  values: Values;
  /** What is sent instead of the values as they are. */
  body?: object;
  /** The version of the record that was edited; null where none is. */
  version: string | null;
  preview: boolean;
  /** The files among the values, by the names of their fields. */
  files?: Record<string, File>;
}

export type Answer =
  | { kind: "saved"; record: Saved; version: string | undefined; deleted?: string }
  | { kind: "foreseen"; preview: Preview }
  | { kind: "later"; page: string }
  | { kind: "refused"; status: number; problem: Partial<Problem>; version: string | undefined }
  | { kind: "lost" };

const BACK = /<\/api\/v1\/deleted\/([a-z-]+-\d+)\/restoration\/>; rel="restoration"/;

/** What a DELETE says may be brought back, such as `risks-12`. */
function deletedBy(response: Response): string | undefined {
  return BACK.exec(response.headers.get("Link") ?? "")?.[1];
}

/** A key by which the server knows a request again. */
export function newKey(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Sender {
  private attempt = { body: "", key: "" };

  async send(write: Write): Promise<Answer> {
    const said = write.body ?? bodyOf(write.values);
    const files = write.files ?? {};
    const body = Object.keys(files).length > 0 ? formOf(write.values, files) : said;
    const sent = await forms
      .request(write.method.toLowerCase() as Lowercase<Method>, write.address, {
        body,
        params: {
          query: write.preview ? { preview: "1" } : {},
          header: this.headers(write, JSON.stringify(said)),
        },
      })
      .catch(() => null);
    if (!sent) return { kind: "lost" };
    const { data, error, response } = sent;
    if (response.status < 500) this.attempt = { body: "", key: "" };
    const etag = response.headers.get("ETag")?.match(/\d+/)?.[0];
    if (!response.ok) {
      const problem = typeof error === "object" ? error : {};
      return { kind: "refused", status: response.status, problem, version: etag };
    }
    if (response.status === 202) return { kind: "later", page: (data as Job).html_url };
    if (write.preview) return { kind: "foreseen", preview: data as Preview };
    const record = (data ?? {}) as Saved;
    const deleted = deletedBy(response);
    const version = record.version?.toString() ?? etag;
    return { kind: "saved", record, version, ...(deleted ? { deleted } : {}) };
  }

  private headers({ method, version, preview }: Write, body: string) {
    return {
      ...(version ? { "If-Match": `"v${version}"` } : {}),
      ...(method === "POST" && !preview ? { "Idempotency-Key": this.key(body) } : {}),
    };
  }

  /** One key for one body until the server has answered: what is sent again after a lost answer is not done twice. */
  private key(body: string): string {
    if (this.attempt.body !== body) this.attempt = { body, key: newKey() };
    return this.attempt.key;
  }
}
