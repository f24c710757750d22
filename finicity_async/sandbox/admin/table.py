"""The table of the admin interface, by which requests are routed and of which the OpenAPI document is made."""

from typing import Any

from finicity_async.sandbox.admin import records, running
from finicity_async.sandbox.admin.control import Control
from finicity_async.sandbox.admin.document import make_document
from finicity_async.sandbox.admin.rows import Row

_CUSTOMER = "/customers/{customer_id}"
_ACCOUNT = f"{_CUSTOMER}/accounts/{{account_id}}"
_TRANSACTIONS = f"{_ACCOUNT}/transactions"
_INSTITUTION = "/institutions/{institution_id}"


def get_document(control: Control) -> dict[str, Any]:
    """Return this document."""
    return make_document(ROWS, control.state.url)


ROWS = (
    Row("GET", "/openapi.json", get_document, "Start"),
    Row("GET", "/variables", running.get_variables, "Start"),
    Row("GET", "/calls", running.list_calls, "Journal"),
    Row("GET", "/faults", running.list_faults, "Faults"),
    Row("POST", "/faults", running.add_faults, "Faults", 201),
    Row("DELETE", "/faults", running.clear_faults, "Faults", 204),
    Row("DELETE", "/faults/{fault_id}", running.remove_fault, "Faults", 204),
    Row("GET", "/clock", running.get_clock, "Clock"),
    Row("POST", "/clock/advance", running.advance_clock, "Clock"),
    Row("GET", "/refresh-scripts", running.list_refresh_scripts, "Refreshes"),
    Row("PUT", "/refresh-scripts/default", running.script_refresh, "Refreshes"),
    Row("PUT", "/refresh-scripts/customers/{customer_id}", running.script_refresh_of_customer, "Refreshes"),
    Row("GET", "/report-scripts", running.list_report_scripts, "Reports"),
    Row("PUT", "/report-scripts/default", running.script_reports, "Reports"),
    Row("PUT", "/report-scripts/customers/{customer_id}", running.script_reports_of_customer, "Reports"),
    Row("GET", "/snapshots", running.list_snapshots, "Snapshots"),
    Row("POST", "/snapshots", running.take_snapshot, "Snapshots", 201),
    Row("DELETE", "/snapshots/{name}", running.remove_snapshot, "Snapshots", 204),
    Row("POST", "/reset", running.reset, "Snapshots", 204),
    Row("GET", "/customers", records.list_customers, "Records"),
    Row("POST", "/customers", records.add_customer, "Records", 201),
    Row("GET", _CUSTOMER, records.get_customer, "Records"),
    Row("DELETE", _CUSTOMER, records.remove_customer, "Records", 204),
    Row("GET", f"{_CUSTOMER}/accounts", records.list_accounts, "Records"),
    Row("POST", f"{_CUSTOMER}/accounts", records.add_account, "Records", 201),
    Row("GET", _ACCOUNT, records.get_account, "Records"),
    Row("PATCH", _ACCOUNT, records.edit_account, "Records"),
    Row("PUT", _ACCOUNT, records.replace_account, "Records"),
    Row("DELETE", _ACCOUNT, records.remove_account, "Records", 204),
    Row("GET", f"{_CUSTOMER}/transactions", records.list_transactions, "Records"),
    Row("POST", _TRANSACTIONS, records.add_transactions, "Records", 201),
    Row("DELETE", f"{_TRANSACTIONS}/{{transaction_id}}", records.remove_transaction, "Records", 204),
    Row("GET", "/institutions", records.list_institutions, "Records"),
    Row("GET", _INSTITUTION, records.get_institution, "Records"),
    Row("PUT", _INSTITUTION, records.put_institution, "Records"),
    Row("DELETE", _INSTITUTION, records.remove_institution, "Records", 204),
    Row("GET", "/events", running.list_events, "Connect and TxPush"),
    Row("POST", "/events/push", running.push_changes, "Connect and TxPush"),
    Row("POST", "/connect", running.play_connect, "Connect and TxPush"),
)
