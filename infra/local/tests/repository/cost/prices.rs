//! `docs/prices.yaml`, and sums of money without a rounding on the way.
//!
//! Units: prices in picodollars (10^-12 USD), amounts of what is bought in millionths.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Picodollars in a dollar.
const PER_DOLLAR: u128 = 1_000_000_000_000;
/// Decimals of a price that are kept.
const DECIMALS: usize = 12;
/// Parts of a unit in which amounts are counted.
pub(super) const PARTS: u128 = 1_000_000;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    pub(super) date: String,
    pub(super) region: String,
    pub(super) exchange: Exchange,
    pub(super) prices: BTreeMap<String, Price>,
    pub(super) assumed: BTreeMap<String, Assumed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) vnd_per_usd: u128,
    pub(super) note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    pub(super) usd: String,
    pub(super) per: u128,
    pub(super) unit: String,
    /// Units of a month that an account does not pay.
    pub(super) free: Option<u128>,
    pub(super) known: Known,
    pub(super) source: String,
    pub(super) note: String,
}

/// How well a price is known.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Known {
    Region,
    Elsewhere,
    Page,
    Memory,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assumed {
    pub(super) value: u128,
    pub(super) why: String,
}

impl Known {
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Region => "read for this region",
            Self::Elsewhere => "read for another region",
            Self::Page => "read on the page",
            Self::Memory => "**not read**",
        }
    }
}

impl Prices {
    pub(super) fn read(yaml: &str) -> Self {
        let prices: Self = serde_saphyr::from_str(yaml).unwrap_or_else(|e| panic!("{e}"));
        for (name, price) in &prices.prices {
            assert!(price.per > 0, "{name}");
            let _checked = price.picodollars();
        }
        prices
    }

    pub(super) fn price(&self, name: &str) -> &Price {
        self.prices.get(name).unwrap_or_else(|| panic!("docs/prices.yaml has no price {name}"))
    }

    pub(super) fn assumed(&self, name: &str) -> u128 {
        let found = self.assumed.get(name);
        found.unwrap_or_else(|| panic!("docs/prices.yaml assumes no {name}")).value
    }

    /// Whole đồng, rounded half up.
    pub(super) fn vnd(&self, picodollars: u128) -> u128 {
        (picodollars * self.exchange.vnd_per_usd + PER_DOLLAR / 2) / PER_DOLLAR
    }
}

impl Price {
    fn picodollars(&self) -> u128 {
        let (whole, part) = self.usd.split_once('.').unwrap_or((&self.usd, ""));
        assert!(part.len() <= DECIMALS, "{} has more decimals than are kept", self.usd);
        format!("{whole}{part:0<DECIMALS$}").parse().unwrap_or_else(|e| panic!("{}: {e}", self.usd))
    }

    /// What `parts` millionths of the unit cost, in picodollars, rounded up.
    pub(super) fn of(&self, parts: u128) -> u128 {
        (self.picodollars() * parts).div_ceil(self.per * PARTS)
    }

    /// The same after what an account does not pay.
    pub(super) fn beyond_free(&self, parts: u128) -> u128 {
        self.of(parts.saturating_sub(self.free.unwrap_or_default() * PARTS))
    }
}

/// `$1,234.56`, rounded half up.
pub(super) fn dollars(picodollars: u128) -> String {
    let cents = (picodollars + PER_DOLLAR / 200) / (PER_DOLLAR / 100);
    format!("${}.{:02}", grouped(cents / 100), cents % 100)
}

/// `1,234,567`.
pub(super) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.5`: an amount with at most one decimal, rounded half up.
pub(super) fn amount(parts: u128) -> String {
    let tenths = (parts + PARTS / 20) / (PARTS / 10);
    match tenths % 10 {
        0 => grouped(tenths / 10),
        tenth => format!("{}.{tenth}", grouped(tenths / 10)),
    }
}

#[test]
fn money_is_counted_without_loss() {
    let price = |usd: &str, per, free| Price {
        usd: usd.to_owned(),
        per,
        unit: String::new(),
        free,
        known: Known::Memory,
        source: String::new(),
        note: String::new(),
    };
    assert_eq!(price("0.0000133334", 1, None).of(PARTS), 13_333_400);
    assert_eq!(price("0.71", 1_000_000, None).of(PARTS), 710_000);
    // Half a read unit, and what is too little for a picodollar counts as one.
    assert_eq!(price("0.1425", 1_000_000, None).of(PARTS / 2), 71_250);
    assert_eq!(price("1.25", 1_000_000, None).of(1), 2);
    assert_eq!(price("3", 1, Some(2)).beyond_free(3 * PARTS), 3 * PER_DOLLAR);
    assert_eq!(price("3", 1, Some(2)).beyond_free(PARTS), 0);
    assert_eq!(dollars(1_234_565_000_000_000), "$1,234.57");
    assert_eq!(dollars(4_999_999_999), "$0.00");
    assert_eq!((amount(12_500_000), amount(3_000_000_000)), ("12.5".into(), "3,000".into()));
}
