/** The one REST client; its types come from schema.yml, so that a drifted contract does not compile. */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "../schema";
import { csrfToken } from "./page";

type Schemas = components["schemas"];
export type Job = Schemas["Job"];
export type Preview = Schemas["Preview"];
export type Problem = Schemas["Problem"];

/** What a record says of itself when it was saved. */
export type Saved = Partial<Pick<Schemas["Project"], "version" | "html_url">>;

/** What a page asks by itself says so: it keeps no session from ending. */
export const BY_ITSELF = { "HX-Request": "true" };

export const api = createClient<paths>({
  baseUrl: "/",
  headers: { Accept: "application/json" },
  credentials: "same-origin",
});

/** Copies of writes that are on their way, to be sent again with another token. */
const copies = new Map<string, Request>();

api.use({
  onRequest({ request, id }) {
    if (request.method === "GET") return;
    request.headers.set("X-CSRFToken", csrfToken());
    copies.set(id, request.clone());
  },
  async onResponse({ response, id }) {
    const again = copies.get(id);
    copies.delete(id);
    return again && (await isOutOfDate(response)) ? sentAnew(again) : undefined;
  },
  onError({ id }) {
    copies.delete(id);
  },
});

/** Whether a write was refused for its token: somebody has signed in since the page was opened. */
async function isOutOfDate(response: Response): Promise<boolean> {
  if (response.status !== 403) return false;
  const problem = (await response
    .clone()
    .json()
    .catch(() => ({}))) as Partial<Problem>;
  return problem.code === "page_out_of_date";
}

/** The answer to a write with the token of now; none where somebody else has signed in. */
async function sentAnew(again: Request): Promise<Response | undefined> {
  const { renewed } = await import("./token");
  if (!(await renewed())) return undefined;
  again.headers.set("X-CSRFToken", csrfToken());
  return fetch(again);
}

type Change = paths["/api/v1/projects/{id}/"]["patch"];
type Making = paths["/api/v1/cost-actuals/"]["post"];

/** What every write takes and answers, as far as a form is concerned. */
interface Write {
  parameters: {
    query?: Change["parameters"]["query"];
    header?: Partial<Change["parameters"]["header"]> & Making["parameters"]["header"];
  };
  requestBody?: { content: { "application/json": object } };
  responses: {
    200: { headers: object; content: { "application/json": Saved | Preview } };
    202: { headers: object; content: { "application/json": Job } };
    default: Change["responses"]["default"];
  };
}

export type Address = `/api/v1/${string}`;
export type Method = Schemas["MethodEnum"];

/** The same client for a form, which comes from the server together with the address it writes to. */
export const forms = api as unknown as Client<Record<Address, Record<Lowercase<Method>, Write>>>;

export function isAddress(text: string): text is Address {
  return text.startsWith("/api/v1/");
}

/** The query of the past that an element shows, if it shows one: as known at a moment, or true on a day. */
export const then = (element: HTMLElement): { as_of?: string; on?: string } => {
  const [as_of, on] = ["as-of", "true-on"].map((name) => element.getAttribute(name));
  return on ? { on } : as_of ? { as_of } : {};
};
