"""Values: how somebody is, for those who may see it, without a word of PromQL from them."""
