-- No foreign keys from the directory to tenants. Each inserted row locked the one row of its tenant and asked for it
-- again, a quarter of the cost of an import; sharded tables cannot have them; and a tenant id never comes from outside:
-- it is that of the API key (S14). Tenants are never deleted.

alter table subscriber drop constraint subscriber_tenant_id_fkey;
alter table identifier drop constraint identifier_tenant_id_fkey;
alter table address drop constraint address_tenant_id_fkey;
