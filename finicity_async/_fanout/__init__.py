"""What ``map_customers`` and its Dask version share: where customers come from, and how outcomes reach the consumer."""
