"""The pack's folder, as Pulumi wants it; `python -m stacks.guard.pack` serves it to a plain `pulumi --policy-pack`."""
