/** The one REST client; its types come from schema.yml, so that a drifted contract does not compile. */
import createClient from "openapi-fetch";
import type { paths } from "../schema";

export const api = createClient<paths>({ baseUrl: "/", headers: { Accept: "application/json" }, credentials: "same-origin" });
