//! What the fuzz targets assert; each target is a line or two around it.

pub mod audit;
pub mod guards;
pub mod headers;
pub mod http1;
pub mod upload;
