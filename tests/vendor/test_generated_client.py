"""A client that openapi-generator makes of the vendor's document, with strict models, does its work on the sandbox."""

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from finicity_async import Sandbox
from finicity_async.sandbox import RefreshScript
from tests.vendor.document import Document, amended, excerpt
from tests.vendor.examples import example

CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", 4222
OTHER_CUSTOMER, OTHER_LOGIN = "1005061236", "1007302747"
NEW_SECRET = "n3wSecret-123456"


def lack(what: str) -> NoReturn:
    """Skip for want of something, where it is not a CI that must have it."""
    reason = f"there is no {what} to generate a client with"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_lack_of_java_or_the_generator_is_skipped_over_but_not_in_a_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="there is no Java"):
        lack("Java")


def generated(document: Document, name: str, folder: Path) -> ModuleType:
    """Generate a client, import it from the folder, and return it."""
    java = shutil.which("java") or lack("Java")
    package = importlib.util.find_spec("openapi_generator_cli") or lack("openapi-generator-cli")
    jar = Path(str(package.origin)).with_name("openapi-generator.jar")
    source = folder / f"{name}.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    leave_out = "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"
    command = [java, "-jar", str(jar), "generate", "-i", str(source), "-g", "python", "-o", str(folder / name)]
    command += ["--package-name", name, "--global-property", leave_out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- found on the PATH
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / name))
        return importlib.import_module(name)


def forget(name: str) -> None:
    """Take a package out of the imported ones."""
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.fixture(scope="module")
def amended_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a client made of the amended document."""
    yield generated(amended(excerpt()), "amended_client", tmp_path_factory.mktemp("generated"))
    forget("amended_client")


@pytest.fixture(scope="module")
def published_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a client made of the document as it is published."""
    yield generated(excerpt(), "published_client", tmp_path_factory.mktemp("generated"))
    forget("published_client")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox with a thread of its own, because the client blocks."""
    with Sandbox(refresh_seconds=0.02) as sandbox:
        yield sandbox


class Api:
    """
    The generated client for one sandbox, logged in.

    Args:
        package: What was generated.
        sandbox: Where it sends to.
    """

    def __init__(self, package: Any, sandbox: Sandbox) -> None:
        self._package = package
        keys = {"FinicityAppKey": sandbox.credentials.app_key}
        self.client = package.ApiClient(package.Configuration(host=sandbox.url, api_key=keys))
        self.accounts = package.AccountsApi(self.client)
        self.authentication = package.AuthenticationApi(self.client)
        self.customers = package.CustomersApi(self.client)
        self.partner = {
            "partner_id": sandbox.credentials.partner_id,
            "partner_secret": sandbox.credentials.partner_secret,
        }
        token = self.authentication.create_token(package.PartnerCredentials(**self.partner))
        assert isinstance(token, package.AccessToken)
        keys["FinicityAppToken"] = token.token

    def change_secret(self, new_secret: str) -> Any:
        body = self._package.PartnerCredentialsWithNewSecret(**self.partner, new_partner_secret=new_secret)
        return self.authentication.modify_partner_secret_with_http_info(body)

    def close(self) -> None:
        self.client.rest_client.pool_manager.clear()


@pytest.fixture
def api(amended_client: Any, sandbox: Sandbox) -> Iterator[Api]:
    api = Api(amended_client, sandbox)
    yield api
    api.close()


@pytest.fixture
def published(published_client: Any, sandbox: Sandbox) -> Iterator[Api]:
    api = Api(published_client, sandbox)
    yield api
    api.close()


def test_it_gets_one_account_and_the_three_lists(api: Api, amended_client: Any) -> None:
    account = api.accounts.get_customer_account(CUSTOMER, ACCOUNT)
    assert isinstance(account, amended_client.CustomerAccount)
    assert isinstance(account.detail, amended_client.CustomerAccountDetail)
    assert (account.id, account.institution_login_id, account.type) == (ACCOUNT, int(LOGIN), "checking")
    active = api.accounts.get_customer_accounts(CUSTOMER).accounts
    both = api.accounts.get_customer_accounts(CUSTOMER, status="pending").accounts
    assert active[0] == account
    assert [one.status for one in both] == ["active"] * len(active) + ["pending"]
    assert api.accounts.get_customer_accounts_by_institution(CUSTOMER, INSTITUTION).accounts == active
    assert account in api.accounts.get_customer_accounts_by_institution_login(CUSTOMER, LOGIN).accounts


def test_it_reads_an_account_of_every_type_and_writes_it_as_it_came(
    api: Api, amended_client: Any, sandbox: Sandbox
) -> None:
    for customer, records in sandbox.customers.items():
        found = api.accounts.get_customer_accounts(customer, status="pending").accounts
        # The document declares a default for this one, so the client has it in every account.
        sent = [{"authorizationExpires": False} | record for record in records.values()]
        assert [json.loads(account.to_json()) for account in found] == sent
        rows = [row for account in found for row in account.position or ()]
        assert all(isinstance(row, amended_client.CustomerAccountPosition) for row in rows)


def test_it_refreshes_by_both_versions_of_both_calls(api: Api) -> None:
    before = api.accounts.get_customer_account(CUSTOMER, ACCOUNT)
    after = api.accounts.refresh_customer_accounts(CUSTOMER).accounts[0]
    assert after.id == before.id
    assert after.aggregation_attempt_date > before.aggregation_attempt_date
    by_login = api.accounts.refresh_customer_accounts_by_institution_login(
        OTHER_CUSTOMER, OTHER_LOGIN, from_date=1_700_000_000, to_date=1_800_000_000
    )
    assert {one.institution_login_id for one in by_login.accounts} == {int(OTHER_LOGIN)}
    responses = [
        api.accounts.refresh_customer_accounts_v2_with_http_info("1005061237"),
        api.accounts.refresh_customer_accounts_by_institution_login_v2_with_http_info("1005061238", "1007302749"),
    ]
    assert [(response.status_code, response.data) for response in responses] == [(204, None)] * 2


def test_it_deletes_one_account_and_then_all_of_the_login(api: Api) -> None:
    deleted = api.accounts.delete_customer_account_with_http_info(CUSTOMER, ACCOUNT)
    assert (deleted.status_code, deleted.data) == (204, None)
    assert ACCOUNT not in {one.id for one in api.accounts.get_customer_accounts(CUSTOMER).accounts}
    assert api.accounts.delete_customer_accounts_by_institution_login(CUSTOMER, LOGIN) is None
    assert api.accounts.get_customer_accounts(CUSTOMER, status="pending").accounts == []


def test_it_changes_the_secret_and_lists_the_customers(api: Api, sandbox: Sandbox) -> None:
    assert api.change_secret(NEW_SECRET).status_code == 204
    assert sandbox.credentials.partner_secret == NEW_SECRET
    page = api.customers.get_customers(start=2, limit=3)
    assert (page.found, page.displaying, page.more_available) == (10, 3, True)
    assert [one.id for one in page.customers] == [*sandbox.customers][1:4]


def test_it_reads_the_errors_with_the_code_in_the_type_it_came_in(
    api: Api, amended_client: Any, sandbox: Sandbox
) -> None:
    with pytest.raises(amended_client.exceptions.NotFoundException) as caught:
        api.accounts.get_customer_accounts("1")
    assert isinstance(caught.value.data, amended_client.ErrorMessage)
    assert caught.value.data.code.actual_instance == "14001"
    with pytest.raises(amended_client.exceptions.NotFoundException) as caught:
        api.accounts.get_customer_account(CUSTOMER, "1")
    assert caught.value.data.code.actual_instance == 38003
    with pytest.raises(amended_client.exceptions.BadRequestException) as caught:
        api.accounts.get_customer_accounts(CUSTOMER, status="closed")
    assert caught.value.data.code.actual_instance == "18017"
    sandbox.clock.advance(7200)
    with pytest.raises(amended_client.exceptions.UnauthorizedException) as caught:
        api.accounts.get_customer_accounts(CUSTOMER)
    assert caught.value.data.code.actual_instance == "10023"


def test_its_models_are_strict(amended_client: Any, sandbox: Sandbox) -> None:
    record = sandbox.customers[CUSTOMER][ACCOUNT]
    assert amended_client.CustomerAccount.from_dict(record).id == ACCOUNT
    for broken in ({"id": 7}, {"balance": "1.5"}, {"createdDate": "1"}, {"currency": None}, {"detail": "none"}):
        with pytest.raises(ValueError, match="validation error"):
            amended_client.CustomerAccount.from_dict(record | broken)


# What it trips over


def test_client_of_the_document_as_published_loses_nicknames_and_codes(
    published: Api, published_client: Any, sandbox: Sandbox
) -> None:
    account = published.accounts.get_customer_account(CUSTOMER, ACCOUNT)
    sent = sandbox.customers[CUSTOMER][ACCOUNT]
    assert sent.keys() - account.to_dict().keys() == {"accountNickname"}
    with pytest.raises(published_client.exceptions.NotFoundException) as caught:
        published.accounts.get_customer_accounts("1")
    assert caught.value.data is None
    assert json.loads(caught.value.body)["code"] == "14001"


def test_a_401_in_plain_text_is_an_error_without_data_although_it_is_declared(
    api: Api, amended_client: Any, sandbox: Sandbox
) -> None:
    api.client.configuration.api_key["FinicityAppKey"] = "NoSuchKey"
    with pytest.raises(amended_client.exceptions.UnauthorizedException) as caught:
        api.accounts.get_customer_accounts(CUSTOMER)
    assert (caught.value.data, caught.value.body) == (None, "Invalid (Finicity-App-Key)")


def test_an_undeclared_500_is_an_error_and_an_undeclared_202_means_no_accounts(
    api: Api, amended_client: Any, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(answer=500, answer_code=103), CUSTOMER)
    with pytest.raises(amended_client.exceptions.ServiceException) as caught:
        api.accounts.refresh_customer_accounts(CUSTOMER)
    assert caught.value.data is None
    sandbox.script_refresh(RefreshScript(answer=202, answer_code=44000), OTHER_CUSTOMER)
    assert api.accounts.refresh_customer_accounts(OTHER_CUSTOMER) is None


def test_a_position_like_the_documents_own_example_is_refused_for_its_expiry_date(amended_client: Any) -> None:
    position = example({"$ref": "CustomerAccountPosition"})
    assert position["optionExpireDate"].isdigit()
    with pytest.raises(ValueError, match="optionExpireDate"):
        amended_client.CustomerAccountPosition.from_dict(position)
    position["optionExpireDate"] = "2022-02-16"
    read = amended_client.CustomerAccountPosition.from_dict(position)
    assert (read.symbol, str(read.option_expire_date)) == (position["symbol"], "2022-02-16")
