"""The databases' quorum: etcd across the three centres and PostgreSQL under Patroni in each."""
