"""The Customers operations that the library itself needs: the list, from which the demo takes its customers."""

from finicity_async.models.customers import Customers
from finicity_async.operation import Operation

GET_CUSTOMERS = Operation(
    "GetCustomers",
    "GET",
    "/aggregation/v1/customers",
    Customers,
    query=("username", "type", "search", "start", "limit"),
)
