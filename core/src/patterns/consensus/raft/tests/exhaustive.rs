//! Every run of small instances.
