//! Tests of the function over the embedded engine and the stand-in for Zalo.
