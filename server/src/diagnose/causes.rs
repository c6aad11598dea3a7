//! The register of causes: one file each, whose texts are also the manual.
//!
//! A file holds everything that is known of its cause: texts, fixes and the rule that recognises it. Beside it
//! stands `<id>.md`, the same in examples: facts for which the rule must fit, and near misses for which it must not.

use super::rule::Cause;

mod all_backends_marked_down;
mod app_dependency_stalled;
mod app_returned_502;
mod app_worker_pool_exhausted;
mod app_worker_segfault;
mod apparmor_denied;
mod asymmetric_route_rp_filter;
mod cdn_bad_compression;
mod cdn_header_limits;
mod cdn_origin_blocked;
mod cdn_origin_dns_error;
mod cdn_origin_down;
mod cdn_origin_timeout;
mod cdn_origin_unreachable;
mod cdn_points_to_cdn;
mod cdn_ssl_mode_mismatch;
mod cdn_tunnel_down;
mod cgroup_cpu_throttled;
mod cgroup_oom_killed;
mod cloud_security_group;
mod conntrack_table_full;
mod container_network_mismatch;
mod container_restarted_new_ip;
mod cpu_saturated;
mod deploy_not_ready;
mod disk_full_app;
mod disk_full_proxy_temp;
mod disk_io_stall;
mod dns_domain_expired;
mod dns_lame_delegation;
mod dns_nodata;
mod dns_nxdomain;
mod dns_refused;
mod dns_search_ndots;
mod dns_servfail;
mod dns_split_horizon;
mod dns_timeout;
mod dns_wrong_record;
mod ephemeral_ports_exhausted;
mod fail2ban_banned_proxy;
mod fastcgi_http_mismatch;
mod firewall_drop;
mod firewall_reject_icmp;
mod firewall_reject_rst;
mod forward_chain_drop;
mod gateway_bad_local_bind;
mod gateway_boot_name_unresolvable;
mod gateway_config_not_reloaded;
mod gateway_connection_limit;
mod gateway_fd_limit;
mod gateway_itself_down;
mod gateway_module_missing;
mod gateway_no_resolver;
mod gateway_rate_limited;
mod gateway_refuses_request;
mod gateway_rewrites_status;
mod gateway_self_loop;
mod gateway_upstream_cap;
mod gateway_worker_connections;
mod graceful_restart_drop;
mod grpc_stream_reset;
mod gunicorn_worker_timeout;
mod health_check_misconfigured;
mod http2_upstream_mismatch;
mod httpd_maxrequestworkers;
mod idle_middlebox_drop;
mod ids_or_dpi_reset;
mod interface_down;
mod ipv6_no_route;
mod k8s_network_policy;
mod keepalive_race;
mod lambda_bad_integration_response;
mod lb_empty_backend;
mod lb_keepalive_shorter_target;
mod lb_target_deregistered;
mod localhost_resolves_ipv6_first;
mod memory_thrash;
mod mtu_blackhole;
mod neighbour_table_overflow;
mod no_route_to_upstream;
mod origin_tls_inspection;
mod outbound_forward_proxy;
mod packet_loss;
mod php_fpm_allowed_clients;
mod php_fpm_max_children;
mod php_fpm_process_max;
mod php_fpm_request_terminate_timeout;
mod policy_route_blocks;
mod process_limit_reached;
mod provider_outage;
mod proxy_block_list;
mod proxy_protocol_mismatch;
mod response_bad_chunking;
mod response_bad_transfer_encoding;
mod response_cl_and_te;
mod response_duplicate_content_length;
mod response_header_too_big;
mod response_invalid_header;
mod response_not_http;
mod response_too_many_headers;
mod response_truncated;
mod scheme_http_to_tls_port;
mod scheme_https_to_plain_port;
mod selinux_connect_denied;
mod stale_dns_in_gateway;
mod syn_backlog_flood;
mod system_file_max;
mod systemd_ip_filter;
mod tcp_memory_pressure;
mod temp_dir_permission;
mod timeout_order_mismatch;
mod tls_cert_expired;
mod tls_cert_name_mismatch;
mod tls_cert_not_yet_valid;
mod tls_cipher_mismatch;
mod tls_client_cert_required;
mod tls_clock_skew;
mod tls_handshake_closed;
mod tls_protocol_mismatch;
mod tls_renegotiated_limit;
mod tls_sni_missing;
mod tls_untrusted_ca;
mod unix_socket_missing;
mod unix_socket_namespace;
mod unix_socket_permission;
mod unix_socket_stale;
mod upstream_accept_queue_full;
mod upstream_bind_address_wrong;
mod upstream_blocks_gateway;
mod upstream_closed_before_response;
mod upstream_crash_loop;
mod upstream_down_not_listening;
mod upstream_hang_not_accepting;
mod upstream_host_down;
mod upstream_oom_killed;
mod upstream_port_conflict;
mod upstream_slow_response;
mod upstream_unix_backlog_full;
mod upstream_wrong_host_or_path;
mod upstream_wrong_port;
mod uwsgi_buffer_size;
mod uwsgi_harakiri;
mod uwsgi_no_app;
mod vip_or_arp_moved;
mod websocket_upgrade_misconfig;

/// Every cause. The order breaks ties between equally strong findings: a reason before what it brings about.
pub const CAUSES: &[&Cause] = &[
    &gateway_boot_name_unresolvable::CAUSE,
    &gateway_itself_down::CAUSE,
    &gateway_self_loop::CAUSE,
    &gateway_config_not_reloaded::CAUSE,
    &gateway_bad_local_bind::CAUSE,
    &gateway_rate_limited::CAUSE,
    &gateway_worker_connections::CAUSE,
    &httpd_maxrequestworkers::CAUSE,
    &gateway_fd_limit::CAUSE,
    &system_file_max::CAUSE,
    &temp_dir_permission::CAUSE,
    &disk_full_proxy_temp::CAUSE,
    &ephemeral_ports_exhausted::CAUSE,
    &timeout_order_mismatch::CAUSE,
    &conntrack_table_full::CAUSE,
    &syn_backlog_flood::CAUSE,
    &memory_thrash::CAUSE,
    &disk_io_stall::CAUSE,
    &cpu_saturated::CAUSE,
    &disk_full_app::CAUSE,
    &tcp_memory_pressure::CAUSE,
    &app_dependency_stalled::CAUSE,
    &php_fpm_process_max::CAUSE,
    &php_fpm_max_children::CAUSE,
    &cgroup_cpu_throttled::CAUSE,
    &process_limit_reached::CAUSE,
    &app_worker_pool_exhausted::CAUSE,
    &cgroup_oom_killed::CAUSE,
    &upstream_oom_killed::CAUSE,
    &app_worker_segfault::CAUSE,
    &gunicorn_worker_timeout::CAUSE,
    &php_fpm_request_terminate_timeout::CAUSE,
    &uwsgi_harakiri::CAUSE,
    &uwsgi_buffer_size::CAUSE,
    &uwsgi_no_app::CAUSE,
    &php_fpm_allowed_clients::CAUSE,
    &graceful_restart_drop::CAUSE,
    &upstream_port_conflict::CAUSE,
    &upstream_crash_loop::CAUSE,
    &localhost_resolves_ipv6_first::CAUSE,
    &upstream_bind_address_wrong::CAUSE,
    &upstream_unix_backlog_full::CAUSE,
    &unix_socket_namespace::CAUSE,
    &unix_socket_stale::CAUSE,
    &container_network_mismatch::CAUSE,
    &container_restarted_new_ip::CAUSE,
    &deploy_not_ready::CAUSE,
    &gateway_module_missing::CAUSE,
    &outbound_forward_proxy::CAUSE,
    &proxy_block_list::CAUSE,
    &lb_empty_backend::CAUSE,
    &health_check_misconfigured::CAUSE,
    &gateway_upstream_cap::CAUSE,
    &gateway_connection_limit::CAUSE,
    &lb_target_deregistered::CAUSE,
    &proxy_protocol_mismatch::CAUSE,
    &all_backends_marked_down::CAUSE,
    &upstream_wrong_port::CAUSE,
    &upstream_down_not_listening::CAUSE,
    &upstream_accept_queue_full::CAUSE,
    &upstream_slow_response::CAUSE,
    &upstream_hang_not_accepting::CAUSE,
    &scheme_https_to_plain_port::CAUSE,
    &scheme_http_to_tls_port::CAUSE,
    &http2_upstream_mismatch::CAUSE,
    &fastcgi_http_mismatch::CAUSE,
    &response_not_http::CAUSE,
    &tls_sni_missing::CAUSE,
    &tls_client_cert_required::CAUSE,
    &tls_protocol_mismatch::CAUSE,
    &tls_cipher_mismatch::CAUSE,
    &tls_untrusted_ca::CAUSE,
    &tls_clock_skew::CAUSE,
    &tls_cert_expired::CAUSE,
    &tls_cert_not_yet_valid::CAUSE,
    &tls_cert_name_mismatch::CAUSE,
    &tls_renegotiated_limit::CAUSE,
    &origin_tls_inspection::CAUSE,
    &tls_handshake_closed::CAUSE,
    &response_too_many_headers::CAUSE,
    &response_duplicate_content_length::CAUSE,
    &response_cl_and_te::CAUSE,
    &response_bad_transfer_encoding::CAUSE,
    &response_invalid_header::CAUSE,
    &response_bad_chunking::CAUSE,
    &response_truncated::CAUSE,
    &grpc_stream_reset::CAUSE,
    &websocket_upgrade_misconfig::CAUSE,
    &keepalive_race::CAUSE,
    &idle_middlebox_drop::CAUSE,
    &upstream_wrong_host_or_path::CAUSE,
    &gateway_rewrites_status::CAUSE,
    &app_returned_502::CAUSE,
    &gateway_refuses_request::CAUSE,
    &upstream_closed_before_response::CAUSE,
    &response_header_too_big::CAUSE,
    &unix_socket_missing::CAUSE,
    &unix_socket_permission::CAUSE,
    &stale_dns_in_gateway::CAUSE,
    &dns_split_horizon::CAUSE,
    &dns_search_ndots::CAUSE,
    &gateway_no_resolver::CAUSE,
    &dns_lame_delegation::CAUSE,
    &dns_nodata::CAUSE,
    &dns_servfail::CAUSE,
    &dns_refused::CAUSE,
    &dns_nxdomain::CAUSE,
    &dns_timeout::CAUSE,
    &dns_domain_expired::CAUSE,
    &dns_wrong_record::CAUSE,
    &interface_down::CAUSE,
    &ipv6_no_route::CAUSE,
    &policy_route_blocks::CAUSE,
    &neighbour_table_overflow::CAUSE,
    &vip_or_arp_moved::CAUSE,
    &upstream_host_down::CAUSE,
    &mtu_blackhole::CAUSE,
    &asymmetric_route_rp_filter::CAUSE,
    &upstream_blocks_gateway::CAUSE,
    &selinux_connect_denied::CAUSE,
    &apparmor_denied::CAUSE,
    &systemd_ip_filter::CAUSE,
    &fail2ban_banned_proxy::CAUSE,
    &k8s_network_policy::CAUSE,
    &forward_chain_drop::CAUSE,
    &ids_or_dpi_reset::CAUSE,
    &firewall_reject_icmp::CAUSE,
    &firewall_reject_rst::CAUSE,
    &no_route_to_upstream::CAUSE,
    &packet_loss::CAUSE,
    &firewall_drop::CAUSE,
    &cdn_origin_down::CAUSE,
    &cdn_origin_blocked::CAUSE,
    &cdn_origin_unreachable::CAUSE,
    &cdn_origin_timeout::CAUSE,
    &cdn_ssl_mode_mismatch::CAUSE,
    &cdn_header_limits::CAUSE,
    &cdn_bad_compression::CAUSE,
    &cdn_points_to_cdn::CAUSE,
    &cdn_origin_dns_error::CAUSE,
    &cdn_tunnel_down::CAUSE,
    &provider_outage::CAUSE,
    &lambda_bad_integration_response::CAUSE,
    &lb_keepalive_shorter_target::CAUSE,
    &cloud_security_group::CAUSE,
];

/// The cause with this id.
pub fn by_id(id: &str) -> Option<&'static Cause> {
    CAUSES.iter().copied().find(|cause| cause.text.id == id)
}
