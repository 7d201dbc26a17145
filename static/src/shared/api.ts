/** The one REST client; its types come from schema.yml, so that a drifted contract does not compile. */
import createClient from "openapi-fetch";
import type { paths } from "../schema";

export const api = createClient<paths>({ baseUrl: "/", headers: { Accept: "application/json" }, credentials: "same-origin" });

/** The query of the past moment that an element shows, if it shows one. */
export const then = (element: HTMLElement): { as_of?: string } => {
  const as_of = element.getAttribute("as-of");
  return as_of ? { as_of } : {};
};
