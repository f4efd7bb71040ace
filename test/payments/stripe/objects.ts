/** Blank Stripe objects, whole as the SDK's types demand, for the emulator to fill in. */
import type Stripe from "stripe";

const ACCOUNT_SIDE = {
	application: null,
	application_fee_amount: null,
	customer: null,
	description: null,
	livemode: false,
	on_behalf_of: null,
	review: null,
	shipping: null,
	source: null,
	statement_descriptor: null,
	statement_descriptor_suffix: null,
	transfer_group: null,
} as const;

type IntentFields = "id" | "amount" | "currency" | "created" | "client_secret" | "metadata" | "payment_method_options";

/** An intent that nobody has paid. */
export function blankIntent(fields: Pick<Stripe.PaymentIntent, IntentFields>): Stripe.PaymentIntent {
	return {
		...ACCOUNT_SIDE,
		object: "payment_intent",
		allowed_payment_method_types: null,
		amount_capturable: 0,
		amount_received: 0,
		automatic_payment_methods: { enabled: true, allow_redirects: "always" },
		canceled_at: null,
		cancellation_reason: null,
		capture_method: "automatic_async",
		confirmation_method: "automatic",
		customer_account: null,
		excluded_payment_method_types: null,
		last_payment_error: null,
		latest_charge: null,
		managed_payments: null,
		next_action: null,
		payment_method: null,
		payment_method_configuration_details: null,
		payment_method_types: ["card", "ideal", "link", "sepa_debit"],
		payment_record: null,
		processing: null,
		receipt_email: null,
		setup_future_usage: null,
		status: "requires_payment_method",
		...fields,
	};
}

type ChargeFields = "id" | "amount" | "currency" | "created" | "payment_intent" | "paid" | "captured" | "status";

/** A charge as an attempt to pay leaves it. */
export function blankCharge(fields: Pick<Stripe.Charge, ChargeFields>): Stripe.Charge {
	return {
		...ACCOUNT_SIDE,
		object: "charge",
		amount_captured: 0,
		amount_refunded: 0,
		application_fee: null,
		balance_transaction: null,
		billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
		calculated_statement_descriptor: null,
		disputed: false,
		failure_balance_transaction: null,
		failure_code: null,
		failure_message: null,
		fraud_details: null,
		metadata: {},
		outcome: null,
		payment_method: null,
		payment_method_details: null,
		receipt_email: null,
		receipt_number: null,
		receipt_url: null,
		refunded: false,
		source_transfer: null,
		transfer_data: null,
		...fields,
	};
}

type RefundFields = "id" | "amount" | "currency" | "created" | "payment_intent" | "charge" | "metadata";

/** A refund that went through at once. */
export function blankRefund(fields: Pick<Stripe.Refund, RefundFields>): Stripe.Refund {
	return {
		object: "refund",
		balance_transaction: null,
		customer: null,
		customer_account: null,
		next_action: undefined as never,
		payment_method: null,
		reason: null,
		receipt_number: null,
		source_transfer_reversal: null,
		status: "succeeded",
		transfer_reversal: null,
		...fields,
	};
}

type DisputeFields = "id" | "amount" | "currency" | "created" | "payment_intent" | "charge";

/** A dispute that the shopper's bank has just opened, and taken the money for. */
export function blankDispute(fields: Pick<Stripe.Dispute, DisputeFields>): Stripe.Dispute {
	return {
		object: "dispute",
		balance_transactions: [],
		enhanced_eligibility_types: [],
		evidence: {} as never,
		evidence_details: {} as never,
		intended_submission_method: null,
		is_charge_refundable: false,
		livemode: false,
		metadata: {},
		network_reason_code: null,
		reason: "fraudulent",
		status: "needs_response",
		...fields,
	};
}
