"""Huawei VRP and H3C Comware: one grammar with different words. `words` says how they differ, the rest is shared."""
