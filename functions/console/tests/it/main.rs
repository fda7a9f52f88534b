//! The pages as a browser gets them: the real handler on the real tables of the demo tenant.

#[cfg(test)]
mod action;
#[cfg(test)]
mod attach;
#[cfg(test)]
mod case;
#[cfg(test)]
mod door;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod points;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod survey;
