/** Keeps what was typed as a change of a scenario, instead of saving it. */
import type { components } from "../schema";
import { type Address, type Method, type Problem, api } from "../shared/api";
import { type Values, bodyOf, fieldsOf, labelOf } from "./fields";

const LONGEST_TITLE = 200;

interface Kept {
  scenario: number;
  /** Of what record it is. */
  subject: string;
  method: Method;
  address: Address;
  version: number;
  values: Values;
}

/** Add the change to its scenario; null when it is there, else the answer that refused it, or no answer. */
export async function keepChange(
  form: HTMLFormElement,
  { scenario, subject, method, address, version, values }: Kept,
): Promise<{ status: number; problem: Partial<Problem> } | "lost" | null> {
  const named = fieldsOf(form)
    .filter((field) => field.name in values)
    .map((field) => `${labelOf(field).toLowerCase()} ${String(values[field.name] ?? "not set")}`);
  const body: components["schemas"]["ScenarioChangeRequest"] = {
    scenario,
    title: `${subject}: ${named.join(", ")}`.slice(0, LONGEST_TITLE),
    method,
    path: address.replace("/api/v1/", ""),
    body: bodyOf(values),
    seen_version: version,
  };
  const answer = await api.POST("/api/v1/scenario-changes/", { body }).catch(() => "lost" as const);
  if (answer === "lost") return answer;
  const { error, response } = answer;
  return response.ok ? null : { status: response.status, problem: error ?? {} };
}
