//! The root of all tasks: start order, one token, one tracker, shutdown order.
