//! The signatures: one file of rows for each product, with a line of each as the product writes it.

pub(super) mod audit;
pub(super) mod caddy;
pub(super) mod envoy;
pub(super) mod gunicorn;
pub(super) mod h2o;
pub(super) mod haproxy;
pub(super) mod httpd;
pub(super) mod kernel;
pub(super) mod lighttpd;
pub(super) mod nghttpx;
pub(super) mod nginx;
pub(super) mod php_fpm;
pub(super) mod squid;
pub(super) mod systemd;
pub(super) mod traefik;
pub(super) mod uwsgi;
pub(super) mod varnish;
