/** Webhooks: the merchant's own servers that are told what happens, and a form for one more. */
import { useState } from "preact/hooks";
import { unwrap, type WebhookEndpoint } from "../../client/index.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { Check, Form, TextField, useAction } from "./form.tsx";
import { Loaded } from "./loaded.tsx";
import { SecretOnce } from "./secret.tsx";
import { useIntentKey } from "./stock-forms.tsx";
import { A } from "./strings.ts";
import { Empty, Table } from "./table.tsx";

const REFRESH_MS = 5_000;

type Subscribed = WebhookEndpoint["events"][number];
const TYPES = Object.keys(A.eventTexts) as (keyof typeof A.eventTexts)[];

export const stateText = ({ state, reason }: WebhookEndpoint): string => A.webhookStates[reason ?? state] ?? state;

export function Webhooks() {
	const reading = useReading("webhooks", REFRESH_MS, async (signal) =>
		unwrap(await admin.listWebhooks({}, { signal })),
	);
	return (
		<>
			<h1>{A.nav.webhooks}</h1>
			<p class="soft">{A.webhooksLead}</p>
			<Loaded reading={reading}>
				{({ webhooks }) => (
					<>
						{webhooks.some(({ state }) => state === "disabled") && (
							<p class="notice bad" role="alert">
								{A.someDisabled}
							</p>
						)}
						{webhooks.length === 0 ? (
							<Empty />
						) : (
							<Table caption={A.nav.webhooks} head={[A.url, A.events, A.status, A.note]}>
								{webhooks.map((webhook) => (
									<tr key={webhook.id}>
										<th scope="row">
											<a href={`#/webhooks/${encodeURIComponent(webhook.id)}`}>{webhook.url}</a>
										</th>
										<td>{webhook.events.includes("*") ? A.all : webhook.events.join(", ")}</td>
										<td>{stateText(webhook)}</td>
										<td>{webhook.description}</td>
									</tr>
								))}
							</Table>
						)}
					</>
				)}
			</Loaded>
			<NewWebhook again={reading.again} />
		</>
	);
}

function NewWebhook({ again }: { readonly again: () => Promise<void> }) {
	const [url, setUrl] = useState("");
	const [note, setNote] = useState("");
	const [types, setTypes] = useState<readonly Subscribed[]>(["*"]);
	const [secret, setSecret] = useState("");
	const action = useAction();
	const intent = useIntentKey(JSON.stringify([url, note, types]));
	const isAll = types.includes("*");
	const submit = () =>
		action.run(async () => {
			const description = note.trim() === "" ? null : note;
			const body = { url: url.trim(), description, events: [...types] };
			const created = unwrap(await admin.createWebhook(body, { idempotencyKey: intent.key }));
			intent.done();
			setSecret(created.secret);
			setUrl("");
			setNote("");
			await again();
			return "";
		});
	const toggle = (type: Subscribed, isOn: boolean) =>
		setTypes(isOn ? [...types, type] : types.filter((other) => other !== type));
	return (
		<>
			{secret !== "" && <SecretOnce secret={secret} />}
			<Form {...{ action, button: A.createWebhook, onSubmit: submit, isReady: types.length > 0 }}>
				<h2>{A.newWebhook}</h2>
				<TextField {...{ label: A.url, hint: A.urlHelp, value: url, type: "url", required: true, onInput: setUrl }} />
				<TextField label={A.note} value={note} onInput={setNote} />
				<fieldset class="field">
					<legend>{A.events}</legend>
					<Check {...{ label: A.allEvents, checked: isAll, onChange: (isOn) => setTypes(isOn ? ["*"] : []) }} />
					{!isAll &&
						TYPES.map((type) => (
							<Check
								{...{ key: type, label: A.eventTexts[type], hint: type, checked: types.includes(type) }}
								onChange={(isOn) => toggle(type, isOn)}
							/>
						))}
				</fieldset>
				{types.length === 0 && <p class="soft">{A.chooseEvents}</p>}
			</Form>
		</>
	);
}
