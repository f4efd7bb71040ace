-- An e-mail address is found however it is written: its domain has no case (RFC 5321, section 2.4), and hardly any mailbox has.
CREATE INDEX orders_by_email_in_any_case ON orders (email COLLATE NOCASE, completed_at_ms DESC, id);
DROP INDEX orders_by_email;
