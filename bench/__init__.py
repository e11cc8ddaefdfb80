"""What a request costs, beside two services that do less and more: `make bench`."""
