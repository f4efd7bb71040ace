/** One webhook: how its deliveries go, and what a merchant can do about them. */
import { useState } from "preact/hooks";
import { unwrap, type WebhookDelivery, type WebhookReport } from "../../client/index.ts";
import { formatTime } from "../shared/format.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { useAsk } from "./ask.tsx";
import { ActionMessage, Choice, Form, TextField, useAction } from "./form.tsx";
import { Loaded } from "./loaded.tsx";
import { SecretOnce } from "./secret.tsx";
import { A } from "./strings.ts";
import { Empty, Table, usePages } from "./table.tsx";
import { stateText } from "./webhooks.tsx";

const REFRESH_MS = 3_000;
const PAGE = 50;

export function WebhookScreen({ id }: { readonly id: string }) {
	const reading = useReading(`webhook ${id}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.getWebhook({ id }, { signal })),
	);
	return (
		<Loaded reading={reading}>
			{(webhook) => (
				<>
					<h1>{webhook.url}</h1>
					<p class="soft">
						{webhook.description && `${webhook.description} · `}
						{webhook.events.includes("*") ? A.allEvents : webhook.events.join(", ")}
					</p>
					<State webhook={webhook} />
					<Actions {...{ webhook, again: reading.again }} />
					<Deliveries id={id} />
				</>
			)}
		</Loaded>
	);
}

function State({ webhook }: { readonly webhook: WebhookReport }) {
	const { waiting, failed, failingSince, dropped, oldSecretUntil } = webhook;
	const tiles = [
		[A.status, stateText(webhook)],
		[A.waitingDeliveries, waiting],
		[A.failedDeliveries, failed],
	] as const;
	return (
		<>
			<dl class="tiles">
				{tiles.map(([name, value]) => (
					<div key={name} class="tile">
						<dt>{name}</dt>
						<dd class="numbers">{value}</dd>
					</div>
				))}
			</dl>
			{failingSince !== null && <p class="notice bad">{A.failingSince(formatTime(failingSince))}</p>}
			{dropped !== null && (
				<p class="notice bad">{A.dropped(dropped.count, formatTime(dropped.first), formatTime(dropped.last))}</p>
			)}
			{oldSecretUntil !== null && <p class="notice">{A.oldSecretUntil(formatTime(oldSecretUntil))}</p>}
		</>
	);
}

const answerOf = ({ status, lastStatus, lastError }: WebhookDelivery): string =>
	status === "delivered" ? String(lastStatus ?? "") : (lastError ?? "–");

function Actions({ webhook, again }: { readonly webhook: WebhookReport; readonly again: () => Promise<void> }) {
	const { id, state } = webhook;
	const ask = useAsk();
	const action = useAction();
	const [secret, setSecret] = useState("");
	const setPaused = (paused: boolean) =>
		action.run(async () => {
			unwrap(await admin.changeWebhook({ id, paused }));
			await again();
			return A.saved;
		});
	const ping = () => action.run(async () => A.pinged(answerOf(unwrap(await admin.pingWebhook({ id })))));
	const rotate = () =>
		ask({
			...{ title: A.rotateTitle, text: A.rotateText, button: A.rotate },
			onYes: async () => {
				setSecret(unwrap(await admin.rotateWebhookSecret({ id })).secret);
				await again();
			},
		});
	const remove = () =>
		ask({
			...{ title: A.deleteWebhookTitle, text: A.deleteWebhookText, button: A.deleteWebhook },
			onYes: async () => {
				unwrap(await admin.deleteWebhook({ id }));
				location.hash = "#/webhooks";
			},
		});
	return (
		<>
			<div class="actions">
				<button type="button" class="button primary" disabled={action.isBusy} onClick={() => void ping()}>
					{A.ping}
				</button>
				<button
					type="button"
					class="button"
					disabled={action.isBusy}
					onClick={() => void setPaused(state === "enabled")}
				>
					{{ enabled: A.pause, paused: A.resume, disabled: A.enable }[state]}
				</button>
				<button type="button" class="button" onClick={rotate}>
					{A.rotate}
				</button>
				<button type="button" class="button danger" onClick={remove}>
					{A.deleteWebhook}
				</button>
			</div>
			<ActionMessage {...action} />
			{secret !== "" && <SecretOnce secret={secret} />}
		</>
	);
}

const STATUSES = [["", A.all], ...Object.entries(A.deliveryStatus)] as const;

function Deliveries({ id }: { readonly id: string }) {
	const [status, setStatus] = useState("");
	const pages = usePages();
	const action = useAction();
	const filter = status === "" ? {} : { status: status as WebhookDelivery["status"] };
	const reading = useReading(`deliveries ${id} ${status} ${pages.at.cursor}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.listWebhookDeliveries({ id, limit: PAGE, ...filter, ...pages.at }, { signal })),
	);
	const replay = (deliveryId: string) =>
		action.run(async () => {
			unwrap(await admin.replayWebhookDelivery({ id, deliveryId }));
			await reading.again();
			return A.replayed(1);
		});
	return (
		<>
			<h2>{A.deliveries}</h2>
			<p class="soft">{A.deliveriesLead}</p>
			<Choice
				{...{ label: A.status, value: status, options: STATUSES }}
				onChange={(chosen) => {
					pages.reset();
					setStatus(chosen);
				}}
			/>
			<Loaded reading={reading}>
				{({ deliveries, nextCursor }) => (
					<>
						{deliveries.length === 0 ? (
							<Empty />
						) : (
							<Table
								caption={A.deliveries}
								head={[A.event, A.subject, A.status, A.attempts, A.answer, A.when, A.replay]}
							>
								{deliveries.map((delivery) => (
									<tr key={delivery.id}>
										<th scope="row" class="event">
											{delivery.type}
										</th>
										<td class="clipped" title={delivery.subject}>
											{delivery.subject}
										</td>
										<td>{A.deliveryStatus[delivery.status]}</td>
										<td class="numbers">{delivery.attempts}</td>
										<td>{answerOf(delivery)}</td>
										<td class="numbers">{formatTime(delivery.createdAt)}</td>
										<td>
											<button
												type="button"
												class="button small"
												aria-label={`${A.replay}: ${delivery.type} ${delivery.subject}`}
												onClick={() => void replay(delivery.id)}
											>
												{A.replay}
											</button>
										</td>
									</tr>
								))}
							</Table>
						)}
						{pages.buttons(nextCursor)}
					</>
				)}
			</Loaded>
			<ActionMessage {...action} />
			<ReplaySince {...{ id, again: reading.again }} />
		</>
	);
}

function ReplaySince({ id, again }: { readonly id: string; readonly again: () => Promise<void> }) {
	const [since, setSince] = useState("");
	const action = useAction();
	const submit = () =>
		action.run(async () => {
			const { replayed } = unwrap(await admin.replayWebhook({ id, since: new Date(since).toISOString() }));
			await again();
			return A.replayed(replayed);
		});
	return (
		<Form {...{ action, button: A.replay, onSubmit: submit, isReady: since !== "" }}>
			<TextField
				{...{ label: A.replaySince, value: since, type: "datetime-local", required: true, onInput: setSince }}
			/>
		</Form>
	);
}
